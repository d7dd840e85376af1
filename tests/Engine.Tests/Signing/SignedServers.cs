using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using ManagedDns.TestKit;
using ManagedDns.TestKit.Signing;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>What tests of servers that sign have in common: settings, what is reported, and the witness of what is served.</summary>
internal static class SignedServers
{
    /// <summary>A policy whose steps take a second.</summary>
    public static SigningPolicy Quick { get; } =
        new(1, SigningPolicy.DefaultName) { KeyTtl = TimeSpan.FromSeconds(1), PropagationDelay = TimeSpan.Zero };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The same settings with every zone coming from a hidden primary and signed, and open to transfers from this machine.</summary>
    public static ServiceSettings Signed(this ServiceSettings settings, SigningPolicy policy, params ImmutableArray<IPEndPoint> parents) =>
        settings.Open() with
        {
            Zones = [.. settings.Zones.Select(zone => zone with { HiddenPrimary = true })],
            ZoneSignings = settings.Zones.ToImmutableDictionary(zone => zone.Id, zone => new ZoneSigning(zone.Id, policy, false, parents)),
        };

    /// <summary>The same settings, open to transfers from this machine.</summary>
    public static ServiceSettings Open(this ServiceSettings settings) =>
        settings with { ZoneTransferAcls = [new(1, 1, IPNetwork.Parse("127.0.0.0/8"), null)] };

    /// <summary>The same settings with the zone signed in another way.</summary>
    public static ServiceSettings With(this ServiceSettings settings, Func<ZoneSigning, ZoneSigning> change, long zone = TestServer.ZoneId) =>
        settings with { ZoneSignings = settings.ZoneSignings.SetItem(zone, change(settings.ZoneSignings[zone])) };

    public static SigningStatus? Signing(this TestServer server, long zone = TestServer.ZoneId) => server.Observed.SigningOf(zone);

    /// <summary>Waits until the zone's signing has come to a state.</summary>
    public static Task<SigningStatus> ComesToAsync(this TestServer server, Func<SigningStatus, bool> state, long zone = TestServer.ZoneId) =>
        Eventually.GetAsync(_ => Task.FromResult(server.Signing(zone) is { } now && state(now) ? now : null), () => Say(server, zone), Cancellation);

    public static Task<SigningStatus> ComesToAsync(this TestServer server, SigningState state, long zone = TestServer.ZoneId) =>
        server.ComesToAsync(status => status.State == state, zone);

    /// <summary>The same, while the parent does what the CDS ask for.</summary>
    public static Task<SigningStatus> FollowAsync(this TrustChain chain, TestServer server, Func<SigningStatus, bool> until) => Eventually.GetAsync(
        async c =>
        {
            await chain.FollowAsync(server.EndPoint, c);
            return server.Signing() is { } status && until(status) ? status : null;
        },
        () => Say(server, TestServer.ZoneId), Cancellation);

    /// <summary>What a server that has been told nothing else makes of a version of a zone, and others of that.</summary>
    public static async Task<ServedZone> ProveAsync(ZoneContents version, DateTimeOffset? at = null)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, version.Served().ToString(), Cancellation);
            var settings = TestServer.FromFile(file).Open();
            await using var server = await TestServer.StartAsync(settings with { Zones = [settings.Zones[0] with { Name = version.Apex }] });
            return await new Witness(server.Remote, version.Apex).SeeAsync(Cancellation, at: at);
        }
        finally
        {
            File.Delete(file);
        }
    }

    public static ServedZone Served(this ZoneContents version) => new(version.Apex, Zones.ZoneFiles.Walk(version));

    /// <summary>The RDATA of a type's records at a name, as the server answers them.</summary>
    public static async Task<List<string>> AskAsync(this TestServer server, string name, RecordType type)
    {
        var response = await server.QueryAsync(name, type);
        var records = new List<string>();
        var reader = new Dns.Wire.MessageReader(response.Message.Span, new byte[Dns.Wire.MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            if (record.Type == type && reader.Section == Dns.Wire.MessageSection.Answer)
            {
                records.Add(Convert.ToHexString(record.Rdata));
            }
        }

        return records;
    }

    private static string Say(TestServer server, long zone) => $"{server.Signing(zone)}\n{string.Join('\n', server.Log)}";
}
