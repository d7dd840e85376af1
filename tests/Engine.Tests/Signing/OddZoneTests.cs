using System.Globalization;
using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;
using ManagedDns.Engine.Signing;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>
/// Zones that nobody has seen before (<see cref="OddZone"/>), signed in each way, changed, and looked at by others each time. MANAGEDDNS_ODD_ZONES
/// says how many more there are to be for each way.
/// </summary>
public sealed class OddZoneTests
{
    private static readonly int s_more = int.Parse(Environment.GetEnvironmentVariable("MANAGEDDNS_ODD_ZONES") ?? "0", CultureInfo.InvariantCulture);

    private static readonly DateTimeOffset s_now = DateTimeOffset.UtcNow;

    public static TheoryData<DnssecAlgorithm, bool, bool, bool> Ways() =>
    [
        .. from algorithm in new[]
           {
               DnssecAlgorithm.EcdsaP256Sha256, DnssecAlgorithm.EcdsaP384Sha384, DnssecAlgorithm.RsaSha256, DnssecAlgorithm.RsaSha512, DnssecAlgorithm.Ed25519,
           }
           from denial in Enumerable.Range(0, 3)
           from keys in Enumerable.Range(0, 2)
           select (algorithm, denial > 0, denial > 1, keys > 0),
    ];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_zone_that_nobody_has_seen_is_signed_and_changed_so_that_others_accept_it(
        DnssecAlgorithm algorithm, bool nsec3, bool optOut, bool split)
    {
        var plan = (split ? TestKeys.Split(algorithm) : TestKeys.Csk(algorithm)) with { IsNsec3 = nsec3, IsOptOut = optOut };
        for (var i = 0; i <= s_more; i++)
        {
            await SignAsync(plan, ((int)algorithm * 1_000_000) + (nsec3 ? 100_000 : 0) + (optOut ? 200_000 : 0) + (split ? 400_000 : 0) + i);
        }
    }

    private static async Task SignAsync(SigningPlan plan, int seed)
    {
        var odd = new OddZone(seed);
        var received = odd.Build();
        var current = Whole(plan, received, odd.Serial);
        try
        {
            await ProveAsync(current, seed, odd);
            for (var change = 0; change < 2; change++)
            {
                var changed = new ChangedOwners(odd.Change(), []);
                received.Dispose();
                received = odd.Build();
                var next = ZoneSigner.Sign(plan, received, current, changed, odd.Serial, s_now, s_now, 1, TestContext.Current.CancellationToken);
                current.Dispose();
                current = next.Contents;
                using var scratch = Whole(plan, received, odd.Serial);
                Assert.Equal(Lines(scratch), Lines(current));
                await ProveAsync(current, seed, odd);
            }
        }
        finally
        {
            current.Dispose();
            received.Dispose();
        }
    }

    private static async Task ProveAsync(ZoneContents version, int seed, OddZone odd)
    {
        try
        {
            await SignedServers.ProveAsync(version);
        }
        catch (InvalidOperationException e)
        {
            Assert.Fail($"Seed {seed}: {e.Message}\nof\n{odd}");
        }
    }

    private static ZoneContents Whole(SigningPlan plan, ZoneContents received, uint serial) =>
        ZoneSigner.Sign(plan, received, null, null, serial, s_now, s_now, 2, TestContext.Current.CancellationToken).Contents;

    private static List<string> Lines(ZoneContents zone) =>
    [
        .. zone.Served().Records.Where(record => record.Type != RecordType.RRSIG)
            .Select(record => RecordText.Format(record.AsWire())).Order(StringComparer.Ordinal),
    ];
}
