using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;
using ManagedDns.TestKit.Signing;
using Microsoft.Extensions.Time.Testing;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>
/// A server that signs, on a clock that is moved and set: what it publishes when, across restarts, and when something it needs is not there.
/// </summary>
public sealed class SigningLifeTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly SettableClock _time = new();
    private readonly MemoryKeyStore _keys = new();
    private readonly MemoryContentStore _contents = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Signatures_are_renewed_little_by_little_and_a_restart_goes_on_where_it_was()
    {
        var text = TestZone.Text(1, string.Join('\n', Enumerable.Range(0, 100).Select(i => $"h{i} A 192.0.2.{i}")), expire: 8640000);
        await using var primary = new TestPrimary(text);
        var server = await StartAsync(primary);
        var versions = new List<ServedZone> { await SeeAsync(server, 1) };
        try
        {
            for (var passed = TimeSpan.Zero; passed < TimeSpan.FromDays(10); passed += TimeSpan.FromHours(3))
            {
                _time.Advance(TimeSpan.FromHours(3));
                if (passed == TimeSpan.FromDays(8))
                {
                    await server.DisposeAsync();
                    server = await StartAsync(primary);
                }

                // No signature ever comes closer to its end than the policy permits, but for the time between two looks.
                await PassUntilAsync(
                    () => server.Signing()?.FirstExpiration > _time.GetUtcNow() + TimeSpan.FromDays(5) - TimeSpan.FromHours(2));
                if (server.Observed.Of(TestServer.ZoneId).PublishedSerial is { } serial && serial != versions[^1].Serial)
                {
                    versions.Add(await SeeAsync(server));
                }
            }

            var shares = versions.Zip(versions.Skip(1), (before, after) => Signatures(after).Except(Signatures(before)).Count() / (double)Signatures(after).Count);
            Assert.All(shares, share => Assert.InRange(share, 0, 0.4));
            Assert.True(versions.Count > 8, $"All was renewed in {versions.Count - 1} steps.");
            Assert.Empty(Signatures(versions[0]).Intersect(Signatures(versions[^1])));
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(SerialPolicy.Increment)]
    [InlineData(SerialPolicy.Keep)]
    [InlineData(SerialPolicy.UnixTime)]
    [InlineData(SerialPolicy.DateCounter)]
    public async Task The_serial_published_follows_the_policy_through_changes_and_a_renewal(SerialPolicy policy)
    {
        await using var primary = new TestPrimary(TestZone.Text(5, expire: 8640000));
        await using var server = await StartAsync(primary, old => old with { SerialPolicy = policy, Jitter = TimeSpan.Zero });
        await UntilAsync(() => server.Signing()?.LastSigned is not null);
        var first = Published(server);
        await SeeAsync(server);
        await PassUntilAsync(() => server.Signing()?.State == SigningState.WaitingForDs);
        var asking = await LastSignedAsync(server);
        await SeeAsync(server);

        await ChangeAsync(primary, server, 2000);
        await PassUntilAsync(() => Published(server) != asking);
        var changed = Published(server);
        await SeeAsync(server);

        // Signatures live for two weeks and are renewed five days before their end: what was made in the first hours is due in one look, or in a few.
        _time.Advance(s_start.AddDays(9).AddHours(6) - _time.GetUtcNow());
        await PassUntilAsync(() => server.Signing()!.FirstExpiration > _time.GetUtcNow().AddDays(6));
        var renewed = await LastSignedAsync(server);
        await SeeAsync(server);
        await ChangeAsync(primary, server, 4000);
        await PassUntilAsync(() => Published(server) != renewed);
        var again = Published(server);
        await SeeAsync(server);

        switch (policy)
        {
            case SerialPolicy.Increment:
                Assert.Equal((5u, asking + 1, renewed + 1), (first, changed, again));
                Assert.InRange(renewed, changed + 1, changed + 4);
                break;
            case SerialPolicy.Keep:
                Assert.Equal((5u, 2000u, 4000u), (first, changed, again));
                Assert.InRange(renewed, 2001u, 2004u);
                break;
            case SerialPolicy.UnixTime:
                Assert.InRange(first, Seconds(0), Seconds(0) + 3600);
                Assert.InRange(changed, asking + 1, Seconds(0) + 36_000);
                Assert.InRange(renewed, Seconds(9), Seconds(10));
                Assert.InRange(again, renewed + 1, Seconds(10));
                break;
            default:
                Assert.Equal((2026112300u, 2026112302u, renewed + 1), (first, changed, again));
                Assert.InRange(renewed, 2026120200u, 2026120203u);
                break;
        }

        static uint Seconds(int days) => (uint)s_start.AddDays(days).ToUnixTimeSeconds();
    }

    [Theory]
    [InlineData(-3, "was signed at")]
    [InlineData(40, "was set forward by 960 hours")]
    public async Task A_clock_that_is_set_far_off_signs_nothing_and_is_told_and_the_version_before_stays(int days, string message)
    {
        await using var primary = new TestPrimary(TestZone.Text(1, expire: 8640000));
        await using var server = await StartAsync(primary);
        await SignedAsync(server, 1);

        _time.Offset = TimeSpan.FromDays(days);
        await ChangeAsync(primary, server, 2);
        await UntilAsync(() => server.Signing()?.Failure?.Reason == FailureReason.ClockOff);
        var failure = server.Signing()!.Failure!;
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.Contains("Set the clock", failure.Remedy, StringComparison.Ordinal);
        Assert.Equal(1u, await server.ServedSerialAsync());
        Assert.Equal(1, Alarms(server));
        _time.Offset = TimeSpan.Zero;
        await SeeAsync(server, 1);

        await PassUntilAsync(() => server.Signing() is { Failure: null } && Published(server) == 2);
        await SeeAsync(server);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-3)]
    public async Task A_clock_that_jumps_signs_nothing_until_somebody_who_has_a_TSIG_key_shares_it(int days)
    {
        var other = new OtherClock(_time);
        await using var primary = new TestPrimary(TestZone.Text(1, expire: 8640000), TestServer.Key) { Time = other };
        await using var server = await StartAsync(primary);
        await SignedAsync(server, 1);

        (_time.Offset, other.Offset) = (TimeSpan.FromDays(days), TimeSpan.FromDays(-days));
        await PassUntilAsync(() => server.Signing()?.Failure?.Reason == FailureReason.ClockOff);
        Assert.Equal(1u, await server.ServedSerialAsync());
        await SeeAsync(server, 1, _time.GetUtcNow() - _time.Offset);

        // The primary says the same: the machine had slept, or was wrong before.
        other.Offset = TimeSpan.Zero;
        await ChangeAsync(primary, server, 2);
        await PassUntilAsync(() => server.Signing() is { Failure: null } && Published(server) == 2);
        await SeeAsync(server);
    }

    [Fact]
    public async Task Keys_that_cannot_be_had_leave_what_was_signed_in_service_and_an_alarm_comes_long_before_its_end()
    {
        await using var primary = new TestPrimary(TestZone.Text(1, expire: 8640000));
        await using (var before = await StartAsync(primary))
        {
            await SignedAsync(before, 1);
        }

        _keys.Fault = new(FailureReason.KeyUnavailable, null, "The keys that sign the zone cannot be opened.", "Put store.key back.");
        await using var server = await StartAsync(primary);
        await UntilAsync(() => server.Signing() is { State: SigningState.Signed, Failure.Reason: FailureReason.KeyUnavailable });
        var end = server.Signing()!.FirstExpiration;
        Assert.InRange(end!.Value, s_start.AddDays(11), s_start.AddDays(14));
        await SeeAsync(server, 1);
        Assert.Equal(1, Alarms(server));

        // It is tried again every minute, and told again when half of the time is over.
        await PassUntilAsync(() => Alarms(server) == 2, TimeSpan.FromMinutes(10));
        Assert.InRange(_time.GetUtcNow(), s_start + ((end.Value - s_start) / 2), end.Value.AddDays(-4));

        await SeeAsync(server, 1);
        _keys.Fault = null;
        await PassUntilAsync(() => server.Signing() is { Failure: null });
        await SeeAsync(server);
    }

    private static int Alarms(TestServer server) => server.Log.Count(line => line.Contains("What was signed before is good until", StringComparison.Ordinal));

    private Task<TestServer> StartAsync(TestPrimary primary, Func<SigningPolicy, SigningPolicy>? change = null)
    {
        var policy = new SigningPolicy(1, SigningPolicy.DefaultName);
        return TestServer.StartAsync(TestServer.Secondary(primary.Remote).Signed(change?.Invoke(policy) ?? policy), _contents, _time, keys: _keys);
    }

    private async Task ChangeAsync(TestPrimary primary, TestServer server, uint serial)
    {
        primary.Serve(TestZone.Text(serial, expire: 8640000));

        // What was being asked while the clock leapt may only end when its time is over, which has to come, but not before an answer can.
        await UntilAsync(async () =>
        {
            await server.NotifyAsync();
            _time.Advance(TimeSpan.FromMilliseconds(100));
            return server.Observed.Of(TestServer.ZoneId).PrimarySerial == serial;
        });
    }

    private static uint Published(TestServer server) => server.Observed.Of(TestServer.ZoneId).PublishedSerial!.Value;

    /// <summary>The serial of what was signed last, once it is served: it is kept first.</summary>
    private static async Task<uint> LastSignedAsync(TestServer server)
    {
        await UntilAsync(() => server.Log.Last(line => line.Contains(": signed serial ", StringComparison.Ordinal))
            .Contains($" as {Published(server)},", StringComparison.Ordinal));
        return Published(server);
    }

    private static async Task SignedAsync(TestServer server, uint serial)
    {
        await server.Observed.WaitAsync(TestServer.ZoneId, status => status.PublishedSerial == serial);
        await UntilAsync(() => server.Signing()?.LastSigned is not null);
    }

    private static HashSet<string> Signatures(ServedZone zone) =>
        [.. zone.Records.Where(record => record.Type == RecordType.RRSIG).Select(record => RecordText.Format(record.AsWire()))];

    /// <summary>What others say of what is served.</summary>
    /// <param name="serial">What its serial has to be; null: that may be moving on.</param>
    /// <param name="at">When; null: at the server's time.</param>
    private async Task<ServedZone> SeeAsync(TestServer server, uint? serial = null, DateTimeOffset? at = null)
    {
        var served = await new Witness(server.Remote, TestZone.Name).SeeAsync(Cancellation, at: at ?? _time.GetUtcNow());
        Assert.Equal(serial ?? served.Serial, served.Serial);
        return served;
    }

    /// <summary>Lets time pass until a state has come: a server that looked at the clock just before it was moved sleeps on for up to an hour.</summary>
    private Task PassUntilAsync(Func<bool> state, TimeSpan? step = null) => UntilAsync(() =>
    {
        var isThere = state();
        if (!isThere)
        {
            _time.Advance(step ?? TimeSpan.FromMinutes(1));
        }

        return isThere;
    });

    private static Task UntilAsync(Func<bool> state) => UntilAsync(() => Task.FromResult(state()));

    private static async Task UntilAsync(Func<Task<bool>> state)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        bound.CancelAfter(TimeSpan.FromSeconds(120));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await state())
        {
            await timer.WaitForNextTickAsync(bound.Token);

            // What the clock has made due comes before the next look, however busy the machine is.
            await Task.Run(static () => { }, bound.Token);
        }
    }

    /// <summary>A clock that somebody sets, while the time that really passes is another.</summary>
    private sealed class SettableClock() : FakeTimeProvider(s_start)
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;

        // The base class takes it from the clock that was set.
        public override long GetTimestamp() => base.GetUtcNow().Ticks;
    }

    /// <summary>What another machine's clock says.</summary>
    private sealed class OtherClock(TimeProvider ours) : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => ours.GetUtcNow() + Offset;
    }
}
