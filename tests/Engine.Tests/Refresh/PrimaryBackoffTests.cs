using System.Net;
using ManagedDns.Dns;
using ManagedDns.Engine.Refresh;
using Microsoft.Extensions.Time.Testing;

namespace ManagedDns.Engine.Tests.Refresh;

public class PrimaryBackoffTests
{
    private static readonly IPEndPoint s_primary = new(IPAddress.Parse("192.0.2.53"), 53);

    private readonly FakeTimeProvider _time = new();
    private readonly PrimaryBackoff _backoff;

    public PrimaryBackoffTests() => _backoff = new(_time);

    [Fact]
    public void A_primary_that_timed_out_for_one_zone_is_spared_by_the_others_until_the_delay_has_passed()
    {
        Assert.True(MayAsk());
        _backoff.Failed(s_primary, Failure(FailureReason.Timeout));
        Assert.False(_backoff.MayAsk(s_primary, out var wait, out var last));
        Assert.Equal(TimeSpan.FromSeconds(1), wait);
        Assert.Equal(FailureReason.Timeout, last!.Reason);
        _time.Advance(wait);
        Assert.True(MayAsk());
    }

    [Fact]
    public void After_the_delay_one_zone_tries_and_the_rest_wait_for_its_result()
    {
        _backoff.Failed(s_primary, Failure(FailureReason.PortClosed));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(MayAsk());
        Assert.False(MayAsk());
        _backoff.Answered(s_primary);
        Assert.True(MayAsk());
        Assert.True(MayAsk());
    }

    [Fact]
    public void The_delay_doubles_with_each_failed_trial_up_to_a_minute()
    {
        var waits = new List<double>();
        for (var i = 0; i < 8; i++)
        {
            _backoff.Failed(s_primary, Failure(FailureReason.Unreachable));
            Assert.False(_backoff.MayAsk(s_primary, out var wait, out _));
            waits.Add(wait.TotalSeconds);
            _time.Advance(wait);
            Assert.True(MayAsk());
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], waits);
    }

    [Fact]
    public void Many_zones_that_fail_at_once_count_as_one_failure()
    {
        for (var i = 0; i < 50; i++)
        {
            _backoff.Failed(s_primary, Failure(FailureReason.Timeout));
        }

        Assert.False(_backoff.MayAsk(s_primary, out var wait, out _));
        Assert.Equal(TimeSpan.FromSeconds(1), wait);
    }

    [Theory]
    [InlineData(FailureReason.Refused)]
    [InlineData(FailureReason.BadSignature)]
    [InlineData(FailureReason.NotAuthoritative)]
    [InlineData(FailureReason.RejectedContent)]
    public void A_primary_that_answers_something_useless_for_one_zone_is_asked_for_the_next(FailureReason reason)
    {
        _backoff.Failed(s_primary, Failure(reason));
        Assert.True(MayAsk());
    }

    private bool MayAsk() => _backoff.MayAsk(s_primary, out _, out _);

    private static Failure Failure(FailureReason reason) => new(reason, s_primary, "", "");
}
