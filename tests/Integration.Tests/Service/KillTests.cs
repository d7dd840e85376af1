using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Presentation;
using ManagedDns.Integration.Tests.Transfers;
using ManagedDns.Model;
using ManagedDns.TestKit.Signing;

namespace ManagedDns.Integration.Tests.Service;

/// <summary>The daemon killed (SIGKILL) at moments nobody chose, while its primary goes on changing.</summary>
public sealed class KillTests
{
    private const int Kills = 4;

    private static readonly DnsClient s_client = new(TimeProvider.System);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_again_and_again_it_never_gives_an_older_version_than_before_and_ends_with_the_primarys_zone(bool isSigned)
    {
        await using var primary = await ServiceUnderTest.StartAsync(Cancellation);
        await using var secondary = await ServiceUnderTest.StartAsync(Cancellation);
        var file = Path.Combine(primary.Store.Folder, "sample.zone");
        await File.WriteAllTextAsync(file, SampleZone.Text(1), Cancellation);
        var zone = primary.Own(SampleZone.Name, file, secondary.EndPoint, TestKeys.Default);
        await primary.ServesAsync(SampleZone.Name, 1, () => "", Cancellation);
        var followed = secondary.Follow(SampleZone.Name, primary.EndPoint, TestKeys.Default);
        await secondary.ServesAsync(SampleZone.Name, 1, () => primary.Log, Cancellation);
        await secondary.KeepsAsync(followed, 1, Cancellation);
        if (isSigned)
        {
            secondary.Store.ZoneSignings.Put(
                secondary.Store.Zones.Update(SampleZone.Name, old => old with { HiddenPrimary = true }),
                secondary.Store.SigningPolicies.Get(SigningPolicy.DefaultName).Id, []);
            await Eventually.TrueAsync(async _ => (await SeeAsync(secondary)).Keys.Any(), () => secondary.Log, Cancellation);
        }

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var changing = ChangeAsync(primary, file, zone.Id, enough.Token);
        var watching = WatchAsync(secondary, enough.Token);
        var given = 1u;
        for (var kill = 0; kill < Kills; kill++)
        {
            var before = given;
            await Eventually.TrueAsync(async _ => (given = await GivenAsync(secondary, given)) > before, () => $"{secondary.Log}\n{primary.Log}", Cancellation);
            await secondary.KillAsync(Cancellation);
            await secondary.ServeAsync(Cancellation);
            given = await GivenAsync(secondary, given);
        }

        await enough.CancelAsync();
        var seen = await watching;

        // What the disk does not take within a second is served all the same, and may be taken back.
        var log = secondary.Log;
        Assert.All(
            seen.Zip(seen.Skip(1)).Where(pair => !log.Contains($": serial {pair.First} is served before it is kept", StringComparison.Ordinal)),
            pair => Assert.True(pair.Second >= pair.First, $"{pair.Second} was served after {pair.First}.\n{log}"));
        var last = await changing;
        if (isSigned)
        {
            var received = Received(await SeeAsync(primary));
            await Eventually.TrueAsync(async _ => Received(await SeeAsync(secondary)).SetEquals(received), () => $"{secondary.Log}\n{primary.Log}", Cancellation);
            // By verifiers alone: Unbound holds names below test for insecure whatever it is told to believe.
            await new Witness(new(secondary.EndPoint), SampleZone.Name).SeeAsync(Cancellation, isTrusted: false);
            return;
        }

        await secondary.ServesAsync(SampleZone.Name, last, () => primary.Log, Cancellation);
        Assert.Equal(await primary.RecordsAsync(SampleZone.Name, Cancellation), await secondary.RecordsAsync(SampleZone.Name, Cancellation));
    }

    private static Task<ServedZone> SeeAsync(ServiceUnderTest server) => ServedZone.TransferAsync(new(server.EndPoint), SampleZone.Name, Cancellation);

    /// <summary>What the primary put into the zone, but for the SOA: signing gives serials of its own.</summary>
    private static HashSet<string> Received(ServedZone zone) =>
    [
        .. zone.Records.Where(record => record.Type is not (RecordType.SOA or RecordType.RRSIG or RecordType.NSEC or RecordType.DNSKEY or RecordType.CDS
            or RecordType.CDNSKEY)).Select(record => RecordText.Format(record.AsWire())),
    ];

    /// <summary>The serial of what a further secondary would be given now: no older one than last time.</summary>
    private static async Task<uint> GivenAsync(ServiceUnderTest secondary, uint last)
    {
        var summary = await s_client.TransferAsync(new Remote(secondary.EndPoint), SampleZone.Name, null, new ZoneCollector(), cancellation: Cancellation);
        Assert.True(summary.Serial >= last, $"Serial {summary.Serial} was given after {last}.\n{secondary.Log}");
        return summary.Serial;
    }

    /// <summary>The serials that queries saw, one after another, while there was an answer.</summary>
    private static async Task<List<uint>> WatchAsync(ServiceUnderTest secondary, CancellationToken enough)
    {
        var seen = new List<uint>();
        var once = new QueryOptions { Tries = 1, MaxTimeout = TimeSpan.FromSeconds(1) };
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!enough.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(enough);
                seen.Add((await s_client.QuerySoaAsync(new Remote(secondary.EndPoint), SampleZone.Name, once, enough)).Serial);
            }
            catch (Exception e) when (e is DnsFailureException or OperationCanceledException)
            {
                // It is down, it starts, or that was enough.
            }
        }

        return seen;
    }

    /// <summary>A new version every 100 ms; returns the last one's serial, once the primary serves it.</summary>
    private static async Task<uint> ChangeAsync(ServiceUnderTest primary, string file, long zoneId, CancellationToken enough)
    {
        var serial = 1u;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        try
        {
            while (await timer.WaitForNextTickAsync(enough))
            {
                await File.WriteAllTextAsync(file + ".new", SampleZone.Text(++serial), CancellationToken.None);
                File.Move(file + ".new", file, overwrite: true);
                primary.Store.Requests.Add(RequestKind.ReloadZoneFile, zoneId);
            }
        }
        catch (OperationCanceledException)
        {
        }

        await primary.ServesAsync(SampleZone.Name, serial, () => "", Cancellation);
        return serial;
    }
}
