using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Tsig;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Tests.Kit;

/// <summary>
/// A <see cref="SecondaryServer"/> on a free loopback port with one zone (id 1, example.org) unless the settings are changed, and what it reports.
/// </summary>
internal sealed class TestServer : IAsyncDisposable
{
    public const long ZoneId = 1;

    public static readonly TsigKey Key = new(DomainName.Parse("transfer.key"), TsigAlgorithm.HmacSha256, new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 });

    /// <summary>A machine that stands still for a while must not make a query be sent twice, or be taken for a server that does not answer.</summary>
    private static readonly QueryOptions s_patient = new() { Timeout = TimeSpan.FromSeconds(20), MaxTimeout = TimeSpan.FromSeconds(20) };

    private static readonly DnsClient s_client = new(TimeProvider.System);

    private readonly TimeProvider _time;
    private readonly TestLogger _logger = new();

    public TestServer(ServiceSettings settings, MemoryContentStore? store = null, TimeProvider? time = null, TransferLimits? limits = null, IKeyStore? keys = null)
    {
        Settings = settings;
        Store = store ?? new();
        _time = time ?? TimeProvider.System;
        Server = new(settings, Store, Observed, _time, _logger, limits, keys);
    }

    public SecondaryServer Server { get; }

    public ServiceSettings Settings { get; private set; }

    public MemoryContentStore Store { get; }

    public Observed Observed { get; } = new();

    public IEnumerable<string> Log => _logger.Lines;

    public IPEndPoint EndPoint => Server.EndPoints[0];

    public Remote Remote => new(EndPoint);

    public ZoneStatus Zone => Observed.Of(ZoneId);

    /// <summary>Settings with one common setting, the given primaries in it (in order), and the zone with its proxy on.</summary>
    public static ServiceSettings Secondary(params Remote[] primaries) => Common() with
    {
        Primaries = [.. primaries.Select((remote, i) => Primary(i + 1, 1, remote))],
        Zones = [new(ZoneId, TestZone.Name, 1, true, false, null, "")],
    };

    /// <summary>
    /// Settings in which the zone comes from a file, may be transferred by anybody with the key, and is announced to <paramref name="targets"/>.
    /// </summary>
    public static ServiceSettings FromFile(string path, params IPEndPoint[] targets) => Common() with
    {
        ZoneTransferAcls = [new(1, 1, IPNetwork.Parse("127.0.0.0/8"), 1)],
        NotifyTargets = [.. targets.Select((target, i) => new NotifyTarget(i + 1, 1, target.Address, target.Port, 1))],
        Zones = [new(ZoneId, TestZone.Name, 1, false, false, path, "")],
    };

    public static PrimaryNameServer Primary(long id, long common, Remote remote) =>
        new(id, $"primary{id}", common, remote.EndPoint.Address, remote.EndPoint.Port, remote.Key is null ? null : 1, (int)id, true) { Tls = remote.Tls };

    public static async Task<TestServer> StartAsync(
        ServiceSettings settings, MemoryContentStore? store = null, TimeProvider? time = null, TransferLimits? limits = null, IKeyStore? keys = null)
    {
        var server = new TestServer(settings, store, time, limits, keys);
        await server.Server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public void Apply(Func<ServiceSettings, ServiceSettings> change) => Server.Apply(Settings = change(Settings) with { Generation = Settings.Generation + 1 });

    public void Take(RequestKind kind, bool full = false) => Server.Take(new(1, kind, ZoneId, full, _time.GetUtcNow()));

    /// <summary>Waits until the zone is up to date with this serial.</summary>
    public Task<ZoneStatus> HasSerialAsync(uint serial) =>
        Observed.WaitAsync(ZoneId, status => status.State is ZoneState.UpToDate or ZoneState.Loaded && status.PublishedSerial == serial);

    public Task<DnsResponse> QueryAsync(string name, RecordType type, DnsTransport transport = DnsTransport.Udp) => s_client.QueryAsync(
        Remote, DomainName.Parse(name), type, s_patient with { Transport = transport, UdpPayloadSize = 1232 }, TestContext.Current.CancellationToken);

    public async Task<ResponseCode> CodeAsync(string name = "www.example.org") => (await QueryAsync(name, RecordType.A)).Code;

    /// <summary>The serial that queries see.</summary>
    public async Task<uint> ServedSerialAsync() =>
        (await s_client.QuerySoaAsync(Remote, TestZone.Name, s_patient, TestContext.Current.CancellationToken)).Serial;

    public Task<NotifyAnswer> NotifyAsync(TsigKey? key = null, IPAddress? from = null, ResourceRecord? soa = null, DomainName? zone = null) => s_client.NotifyAsync(
        new(EndPoint, key, from), zone ?? TestZone.Name, soa, s_patient with { Tries = 1 }, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    private static ServiceSettings Common() => new()
    {
        Server = ServerSettings.Default with { ListenAddresses = [IPAddress.Loopback], Port = 0, UdpThreads = 1 },
        TsigKeys = ImmutableDictionary<long, TsigKeySetting>.Empty.Add(1, new(1, Key, "")),
        CommonSettings = ImmutableDictionary<long, CommonSetting>.Empty.Add(1, new(1, "Default", true, "")),
    };

    private sealed class TestLogger : ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{logLevel}: {formatter(state, exception)}{exception}");
    }
}
