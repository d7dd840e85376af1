using System.Net;
using ManagedDns.Dns;
using ManagedDns.Engine.RateLimiting;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.RateLimiting;

public sealed class ResponseRateLimiterTests
{
    private const int Second = 1_000_000;
    private const ulong Start = 12_345_678;
    private const ulong Zone = 7;

    private static readonly byte[] s_client = [192, 0, 2, 1];

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(200)]
    [InlineData(7_777)]
    public void A_steady_flow_at_the_rate_is_never_limited(int rate)
    {
        var limiter = new ResponseRateLimiter(new RateLimitSettings(rate));

        Assert.Equal(30 * rate, Flood(limiter, rate, seconds: 30).Sent);
    }

    [Theory]
    [InlineData(10, 1_000)]
    [InlineData(200, 300)]
    [InlineData(200, 50_000)]
    [InlineData(3_000, 100_000)]
    public void A_flood_gets_the_rate_and_no_more(int rate, int flood)
    {
        var limiter = new ResponseRateLimiter(new RateLimitSettings(rate));

        var sent = Flood(limiter, flood, seconds: 30).Sent;

        Assert.InRange(sent, 30 * rate * 0.95, 30 * rate * 1.1);
    }

    [Fact]
    public void A_quiet_client_may_use_a_window_at_once_and_then_the_rate()
    {
        var limiter = new ResponseRateLimiter(new RateLimitSettings(100, Window: 5, Slip: 0));

        Assert.Equal(500, AtOnce(limiter, 1_000, Start));
        Assert.Equal(100, AtOnce(limiter, 1_000, Start + Second));
        Assert.Equal(500, AtOnce(limiter, 1_000, Start + (60 * Second)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 900)]
    [InlineData(2, 450)]
    [InlineData(3, 300)]
    [InlineData(10, 90)]
    public void Every_nth_withheld_response_is_sent_truncated(int slip, int truncated)
    {
        var limiter = new ResponseRateLimiter(new RateLimitSettings(100, Slip: slip));

        var decisions = Enumerable.Range(0, 1_000).Select(_ => limiter.Decide(s_client, ResponseKind.Answer, Zone, Start)).ToArray();

        Assert.All(decisions[..100], decision => Assert.Equal(RateLimitDecision.Send, decision));
        Assert.Equal(truncated, decisions.Count(decision => decision == RateLimitDecision.Truncate));
        Assert.Equal(900 - truncated, decisions.Count(decision => decision == RateLimitDecision.Drop));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.254", true)]
    [InlineData("192.0.2.1", "192.0.3.1", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.9", true)]
    [InlineData("2001:db8:0:100::1", "2001:db8:0:1ff:ffff::", true)]
    [InlineData("2001:db8:0:100::1", "2001:db8:0:200::1", false)]
    [InlineData("192.0.2.1", "c000:200::1", false)]
    public void Clients_of_one_network_share_an_account(string flooder, string neighbour, bool areOne)
    {
        var limiter = new ResponseRateLimiter(new RateLimitSettings(100, Slip: 0));
        AtOnce(limiter, 1_000, Start, IPAddress.Parse(flooder).GetAddressBytes());

        Assert.Equal(areOne ? 0 : 100, AtOnce(limiter, 1_000, Start, IPAddress.Parse(neighbour).GetAddressBytes()));
    }

    [Fact]
    public void Networks_are_as_large_as_set()
    {
        var limiter = new ResponseRateLimiter(new RateLimitSettings(100, Slip: 0) { IPv4PrefixLength = 0, IPv6PrefixLength = 0 });

        Assert.Equal(100, AtOnce(limiter, 60, Start, [192, 0, 2, 1]) + AtOnce(limiter, 60, Start, [10, 0, 0, 1]));
        Assert.Equal(100, AtOnce(limiter, 60, Start, Address("2001:db8::")) + AtOnce(limiter, 60, Start, Address("fe80::1")));

        limiter = new ResponseRateLimiter(new RateLimitSettings(100, Slip: 0) { IPv4PrefixLength = 32, IPv6PrefixLength = 64 });

        Assert.Equal(120, AtOnce(limiter, 60, Start, [192, 0, 2, 1]) + AtOnce(limiter, 60, Start, [192, 0, 2, 2]));
        Assert.Equal(120, AtOnce(limiter, 60, Start, Address("2001:db8::")) + AtOnce(limiter, 60, Start, Address("2001:db8:0:1::")));
    }

    [Fact]
    public void Kinds_of_responses_and_subjects_are_counted_apart()
    {
        var limiter = new ResponseRateLimiter(new RateLimitSettings(100, Slip: 0));
        AtOnce(limiter, 1_000, Start, kind: ResponseKind.NXDomain);

        Assert.Equal(0, AtOnce(limiter, 1_000, Start, kind: ResponseKind.NXDomain));
        Assert.Equal(100, AtOnce(limiter, 1_000, Start, kind: ResponseKind.NXDomain, subject: Zone + 1));
        foreach (var kind in Enum.GetValues<ResponseKind>().Where(kind => kind != ResponseKind.NXDomain))
        {
            Assert.Equal(100, AtOnce(limiter, 1_000, Start, kind: kind));
        }
    }

    [Fact]
    public void A_name_is_the_same_subject_in_any_case()
    {
        var limiter = new ResponseRateLimiter(new RateLimitSettings());

        Assert.Equal(limiter.Subject(Wire("www.example.")), limiter.Subject(Wire("wWw.EXAMPLE.")));
        Assert.NotEqual(limiter.Subject(Wire("www.example.")), limiter.Subject(Wire("wwx.example.")));
        Assert.NotEqual(limiter.Subject(Wire("a.b.")), limiter.Subject(Wire("a\\.b.")));
    }

    [Fact]
    public void Exempt_networks_are_never_limited_and_allocate_nothing()
    {
        var settings = new RateLimitSettings(100) { ExemptNetworks = [IPNetwork.Parse("192.0.2.0/28"), IPNetwork.Parse("2001:db8::/32")] };
        var limiter = new ResponseRateLimiter(settings);

        Assert.Equal(1_000, AtOnce(limiter, 1_000, Start, [192, 0, 2, 15]));
        Assert.Equal(1_000, AtOnce(limiter, 1_000, Start, Address("2001:db8:ffff::1")));
        Assert.Equal(1_000, AtOnce(limiter, 1_000, Start, Address("::ffff:192.0.2.3")));
        Assert.Equal(100, AtOnce(limiter, 1_000, Start, [192, 0, 2, 16]));
        Assert.Equal(100, AtOnce(limiter, 1_000, Start, Address("2001:db9::1")));

        Assert.Equal(0, Allocations.UsualOf(() => AtOnce(limiter, 1_000, Start, s_client)));
    }

    [Fact]
    public void A_flood_from_forged_addresses_takes_no_memory_and_hides_no_flooder()
    {
        var limiter = new ResponseRateLimiter(new RateLimitSettings(100, Slip: 0));
        var random = new Random(20180214);
        var forged = new byte[4];
        var sent = 0;
        Decide(Start);

        const int Queries = 2_000_000;
        var i = 0;
        var allocated = Allocations.UsualOf(() =>
        {
            for (var end = i + (Queries / Allocations.Rounds); i < end; i++)
            {
                random.NextBytes(forged);
                limiter.Decide(forged, ResponseKind.NXDomain, Zone, At(i));
                Decide(At(i));
            }
        });

        Assert.Equal(0, allocated);
        Assert.InRange(sent, 10 * 100 * 0.95, 10 * 100 * 1.15);

        ulong At(int i) => Start + (ulong)(i / (Queries / 10.0) * Second);
        void Decide(ulong now) => sent += limiter.Decide(s_client, ResponseKind.Answer, Zone, now) == RateLimitDecision.Send ? 1 : 0;
    }

    [Fact]
    public void Many_clients_within_their_rate_do_not_disturb_each_other()
    {
        var limiter = new ResponseRateLimiter(new RateLimitSettings(200));
        for (var round = 0UL; round < 20; round++)
        {
            for (var network = 0; network < 50_000; network++)
            {
                byte[] client = [10, (byte)(network >> 8), (byte)network, 1];
                Assert.Equal(RateLimitDecision.Send, limiter.Decide(client, ResponseKind.Answer, Zone, Start + (round * 6_000)));
            }
        }
    }

    [Fact]
    public async Task Two_threads_at_once_let_no_more_through_than_one()
    {
        const int Queries = 2_000_000;
        const int Seconds = 10;
        var limiter = new ResponseRateLimiter(new RateLimitSettings(1_000, Slip: 2));
        var next = -1;
        using var start = new Barrier(2);

        var tallies = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
            Flood, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        var sent = tallies.Sum(tally => tally.Sent);
        Assert.InRange(sent, 1_000 * Seconds * 0.95, 1_000 * Seconds * 1.15);
        Assert.InRange(tallies.Sum(tally => tally.Truncated), ((Queries - sent) / 2) - 1, ((Queries - sent) / 2) + 1);

        (int Sent, int Truncated) Flood()
        {
            var tally = (Sent: 0, Truncated: 0);
            start.SignalAndWait(TestContext.Current.CancellationToken);
            for (int i; (i = Interlocked.Increment(ref next)) < Queries;)
            {
                Count(ref tally, limiter.Decide(s_client, ResponseKind.Answer, Zone, Start + (ulong)(i / ((double)Queries / Seconds) * Second)));
            }

            return tally;
        }
    }

    [Fact]
    public void A_thread_that_was_held_up_lends_nobody_credit()
    {
        var limiter = new ResponseRateLimiter(new RateLimitSettings(100, Slip: 0));
        Assert.Equal(100, AtOnce(limiter, 1_000, Start + (20 * Second)));

        Assert.Equal(0, AtOnce(limiter, 1_000, Start));

        Assert.Equal(0, AtOnce(limiter, 1_000, Start + (20 * Second)));
        Assert.Equal(50, AtOnce(limiter, 1_000, Start + (20 * Second) + (Second / 2)));
    }

    [Fact]
    public void The_clock_may_come_round()
    {
        var limiter = new ResponseRateLimiter(new RateLimitSettings(100));
        var sent = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var now = (1UL << 40) - Second + ((ulong)i * 100);
            sent += limiter.Decide(s_client, ResponseKind.Answer, Zone, now) == RateLimitDecision.Send ? 1 : 0;
        }

        Assert.InRange(sent, 290, 310);
    }

    [Fact]
    public void Now_counts_microseconds()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var before = ResponseRateLimiter.Now(time);
        time.Advance(TimeSpan.FromMilliseconds(3));

        Assert.Equal(3_000UL, ResponseRateLimiter.Now(time) - before);
    }

    [Theory]
    [InlineData(0, 1, 2, 24, 56)]
    [InlineData(100_001, 1, 2, 24, 56)]
    [InlineData(200, 0, 2, 24, 56)]
    [InlineData(200, 601, 2, 24, 56)]
    [InlineData(200, 1, -1, 24, 56)]
    [InlineData(200, 1, 11, 24, 56)]
    [InlineData(200, 1, 2, 33, 56)]
    [InlineData(200, 1, 2, 24, 65)]
    public void Settings_out_of_their_bounds_are_refused(int rate, int window, int slip, int ipv4, int ipv6) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResponseRateLimiter(
            new RateLimitSettings(rate, window, slip) { IPv4PrefixLength = ipv4, IPv6PrefixLength = ipv6 }));

    [Fact]
    public void Settings_with_the_same_networks_are_equal()
    {
        Assert.Equal(
            new RateLimitSettings { ExemptNetworks = [IPNetwork.Parse("10.0.0.0/8")] }, new RateLimitSettings { ExemptNetworks = [IPNetwork.Parse("10.0.0.0/8")] });
        Assert.NotEqual(new RateLimitSettings { ExemptNetworks = [IPNetwork.Parse("10.0.0.0/8")] }, new RateLimitSettings());
        Assert.NotEqual(new RateLimitSettings(Slip: 3), new RateLimitSettings());
    }

    private static (int Sent, int Truncated) Flood(ResponseRateLimiter limiter, int perSecond, int seconds)
    {
        var tally = (Sent: 0, Truncated: 0);
        for (var i = 0L; i < (long)perSecond * seconds; i++)
        {
            Count(ref tally, limiter.Decide(s_client, ResponseKind.Answer, Zone, Start + (ulong)(i * Second / perSecond)));
        }

        return tally;
    }

    private static void Count(ref (int Sent, int Truncated) tally, RateLimitDecision decision)
    {
        tally.Sent += decision == RateLimitDecision.Send ? 1 : 0;
        tally.Truncated += decision == RateLimitDecision.Truncate ? 1 : 0;
    }

    private static int AtOnce(
        ResponseRateLimiter limiter, int queries, ulong now, byte[]? client = null, ResponseKind kind = ResponseKind.Answer, ulong subject = Zone)
    {
        var sent = 0;
        for (var i = 0; i < queries; i++)
        {
            sent += limiter.Decide(client ?? s_client, kind, subject, now) == RateLimitDecision.Send ? 1 : 0;
        }

        return sent;
    }

    private static byte[] Address(string text) => IPAddress.Parse(text).GetAddressBytes();

    private static byte[] Wire(string name) => DomainName.Parse(name).Wire.ToArray();
}
