using ManagedDns.Dns;
using ManagedDns.Engine.Refresh;

namespace ManagedDns.Engine.Tests.Refresh;

public class TransferMemoryTests
{
    private readonly TransferMemory _memory = new(800);

    [Fact]
    public void When_it_is_too_much_the_transfer_that_holds_the_most_ends_and_the_others_go_on()
    {
        long large = 700, small = 50;
        using var endless = Begin("large.example", () => large);
        using var other = Begin("small.example", () => small);
        endless.Report(default);
        other.Report(default);

        small = 150;
        other.Report(default);
        var failure = Assert.Throws<DnsFailureException>(() => endless.Report(default)).Failure;
        Assert.Equal(FailureReason.TooLarge, failure.Reason);
        Assert.Contains("large.example", failure.Message, StringComparison.Ordinal);

        endless.Dispose();
        small = 800;
        other.Report(default);
        Assert.Equal(800, _memory.Held);
    }

    [Fact]
    public void While_the_one_that_must_end_has_not_noticed_the_others_take_no_more_than_an_eighth()
    {
        long taken = 100;
        using var stalled = Begin("stalled.example", () => 750);
        using var other = Begin("other.example", () => taken);
        stalled.Report(default);
        other.Report(default);
        taken = 150;
        other.Report(default);
        taken = 151;
        Assert.Throws<DnsFailureException>(() => other.Report(default));
    }

    [Fact]
    public void What_a_transfer_held_is_free_once_it_has_ended()
    {
        for (var i = 0; i < 3; i++)
        {
            using var share = Begin("example", () => 800);
            share.Report(default);
            Assert.Equal(800, _memory.Held);
        }

        Assert.Equal(0, _memory.Held);
    }

    private TransferMemory.Share Begin(string zone, Func<long> measure) => _memory.Begin(DomainName.Parse(zone), measure);
}
