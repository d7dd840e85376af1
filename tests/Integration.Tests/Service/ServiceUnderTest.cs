using System.Diagnostics;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Tsig;
using ManagedDns.Integration.Tests.Asking;
using ManagedDns.Integration.Tests.Daemon;
using ManagedDns.Integration.Tests.Transfers;
using ManagedDns.Model;
using ManagedDns.Store;
using ManagedDns.Store.Contents;

namespace ManagedDns.Integration.Tests.Service;

/// <summary>The real daemon on a store of its own, set up as the cmdlets would, for tests with real peers beside it.</summary>
internal sealed class ServiceUnderTest : IAsyncDisposable
{
    private static readonly DnsClient s_client = new(TimeProvider.System);

    private readonly DaemonUnderTest _daemon = new();
    private int _processId;

    public IPEndPoint EndPoint { get; private set; } = null!;

    public ManagedDnsStore Store => _daemon.Store;

    public string Log => _daemon.Log;

    private long DefaultSetting => Store.CommonSettings.GetDefault().Id;

    public static async Task<ServiceUnderTest> StartAsync(CancellationToken cancellation)
    {
        var service = new ServiceUnderTest();
        try
        {
            // The peers are told it: it must not change, nor be taken by anybody, when the server ends and starts again.
            service.Store.Server.Update(s => s with { Port = LoopbackPort.Free().Port });
            await service.ServeAsync(cancellation);
            service.Store.ZoneTransferAcls.Add(service.DefaultSetting, IPNetwork.Parse("127.0.0.0/8"));
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sets up a zone that is transferred from a primary.</summary>
    public ManagedZone Follow(DomainName zone, IPEndPoint primary, TsigKey? key = null, TlsTerms? tls = null)
    {
        using var transaction = Store.Begin();
        var keyId = key is null ? (long?)null : (Store.TsigKeys.Find(key.Name) ?? Store.TsigKeys.Add(key)).Id;
        Store.Primaries.Add("primary", DefaultSetting, primary.Address, primary.Port, keyId, tls: tls);
        Store.Primaries.Update("primary", p => p with { Enabled = true });
        Store.Zones.Add(zone, DefaultSetting);
        var managed = Store.Zones.Update(zone, z => z with { ProxyEnabled = true });
        transaction.Commit();
        return managed;
    }

    /// <summary>Sets up a zone that comes from a master file, and whom to tell of it.</summary>
    public ManagedZone Own(DomainName zone, string file, IPEndPoint notify, TsigKey key)
    {
        using var transaction = Store.Begin();
        var keyId = Store.TsigKeys.Add(key).Id;
        Store.ZoneTransferAcls.Add(DefaultSetting, IPNetwork.Parse("127.0.0.0/8"), keyId);
        Store.NotifyTargets.Add(DefaultSetting, notify.Address, notify.Port, keyId);
        var managed = Store.Zones.Add(zone, DefaultSetting, zoneFile: file);
        transaction.Commit();
        return managed;
    }

    /// <summary>Has it serve over TLS with a certificate; returns where.</summary>
    public async Task<IPEndPoint> OpenTlsAsync(TlsIdentity identity, CancellationToken cancellation)
    {
        Store.Server.Update(server => server with { TlsPort = 0, Identity = identity });
        var open = await Eventually.GetAsync<IPEndPoint>(
            _ => Task.FromResult(Store.Status.Server() is { TlsEndPoints: [var first, ..] } ? first : null), () => Log, cancellation);
        Store.Server.Update(server => server with { TlsPort = open.Port });
        return open;
    }

    public void PermitNobody()
    {
        foreach (var acl in Store.ZoneTransferAcls.All())
        {
            Store.ZoneTransferAcls.Remove(acl.Id);
        }
    }

    /// <summary>Permits transfers over TLS with the key, to all or to who shows a certificate with a pin.</summary>
    public void Permit(TsigKey key, string? pin)
    {
        var id = (Store.TsigKeys.Find(key.Name) ?? Store.TsigKeys.Add(key)).Id;
        Store.ZoneTransferAcls.Add(DefaultSetting, IPNetwork.Parse("127.0.0.0/8"), id, requireTls: true, pin);
    }

    public ZoneStatus? StatusOf(ManagedZone zone) => Store.Status.Zones([zone.Id]).GetValueOrDefault(zone.Id);

    public Task ServesAsync(DomainName zone, uint serial, Func<string> otherwise, CancellationToken cancellation) => Eventually.TrueAsync(
        async c => await Exchange.SerialAsync(EndPoint, zone, c) == serial, () => $"{Log}\n{otherwise()}", cancellation);

    /// <summary>Waits until the server goes by the settings as they are.</summary>
    public Task AppliedAsync(CancellationToken cancellation) => _daemon.AppliedAsync(cancellation);

    /// <summary>Waits until the version that it serves is on disk, where a kill cannot take it back.</summary>
    public Task KeepsAsync(ManagedZone zone, uint serial, CancellationToken cancellation) => Eventually.TrueAsync(
        () =>
        {
            using var contents = ContentsReader.Open(Store.Folder);
            return contents.List().Any(content => content.ZoneId == zone.Id && content.Serial == serial);
        },
        () => Log, cancellation);

    /// <summary>The zone's records as it gives them to a secondary: of the version served, which others get only once it is kept.</summary>
    public async Task<IEnumerable<string>> RecordsAsync(DomainName zone, CancellationToken cancellation)
    {
        var records = new ZoneCollector();
        await Eventually.TrueAsync(
            async c =>
            {
                records = new ZoneCollector();
                var summary = await s_client.TransferAsync(new Remote(EndPoint), zone, null, records, cancellation: c);
                return summary.Serial == await Exchange.SerialAsync(EndPoint, zone, c);
            },
            () => Log, cancellation);
        return records.Records;
    }

    public static async Task<IEnumerable<string>> RecordsAsync(Remote server, DomainName zone, CancellationToken cancellation)
    {
        var records = new ZoneCollector();
        await TransferAsync(server, zone, records, cancellation);
        return records.Records;
    }

    public static Task<TransferSummary> TransferAsync(Remote server, DomainName zone, ITransferSink sink, CancellationToken cancellation) =>
        s_client.TransferAsync(server, zone, null, sink, cancellation: cancellation);

    /// <param name="within">What it is started with, to see other files or another network.</param>
    public Process Foreground(params string[] within) => _daemon.Foreground(within);

    public async Task KillAsync(CancellationToken cancellation)
    {
        await DaemonUnderTest.SignalAsync(_processId, "KILL", cancellation);
        await _daemon.EndedAsync(_processId, cancellation);
    }

    public async Task ServeAsync(CancellationToken cancellation)
    {
        var started = await _daemon.ServeAsync(cancellation);
        _processId = started.ProcessId!.Value;
        EndPoint = started.EndPoint;
    }

    public ValueTask DisposeAsync() => _daemon.DisposeAsync();
}
