using ManagedDns.Dns.Client;
using ManagedDns.Engine.Refresh;
using ManagedDns.Model;
using Microsoft.Extensions.Time.Testing;

namespace ManagedDns.Engine.Tests.Refresh;

/// <summary>What is told of a transfer while it runs.</summary>
public sealed class TransferWatchTests
{
    [Fact]
    public void A_transfer_that_takes_its_time_tells_what_has_come_now_and_then_and_a_quick_one_nothing()
    {
        var time = new FakeTimeProvider();
        var started = time.GetUtcNow();
        var (every, told) = (new List<TransferProgress>(), new List<TransferSoFar>());
        var watch = new TransferWatch(TransferKind.Axfr, new Recorder(every), time, told.Add);

        watch.Report(new(100, 1000, 1));
        time.Advance(TransferWatch.Pause - TimeSpan.FromTicks(1));
        watch.Report(new(200, 2000, 2));
        Assert.Empty(told);

        time.Advance(TimeSpan.FromTicks(1));
        watch.Report(new(300, 3000, 3));
        watch.Report(new(400, 4000, 4));
        time.Advance(TransferWatch.Pause);
        watch.Report(new(500, 5000, 5));

        Assert.Equal([new(TransferKind.Axfr, started, 300, 3000), new(TransferKind.Axfr, started, 500, 5000)], told);
        Assert.Equal(5, every.Count);
        Assert.Equal(500, watch.Reached.Records);
    }

    private sealed class Recorder(List<TransferProgress> to) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => to.Add(value);
    }
}
