using System.Net;
using ManagedDns.Dns;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Plans;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.TransferOut;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace ManagedDns.Engine.Tests.TransferOut;

/// <summary>Who may not transfer takes no place from those who may.</summary>
public sealed class TransferSlotTests
{
    private const int MoreThanThereAre = 100;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stranger_is_refused_at_once_while_all_transfers_that_may_run_hang_and_those_who_waited_are_served_in_the_end()
    {
        using var contents = TestZone.Build(TestZone.Text(1));
        using var table = new ZoneTable();
        table.Publish(contents, null);
        var zones = new ZoneRegister();
        zones.Add(new(
            new ManagedZone(1, TestZone.Name, 1, false, false, null, ""),
            new CommonPlan(1, "Default", [], [new(IPNetwork.Parse("192.0.2.0/24"), null, RequireTls: false)], [])));
        using var handler = new TransferOutHandler(zones, table, new MemoryContentStore(), new Observed(), TimeProvider.System, NullLogger.Instance);
        var hanging = new Channel();
        var permitted = Enumerable.Range(0, MoreThanThereAre).Select(i => handler.AnswerAsync(Request("192.0.2.1"), hanging, Cancellation)).ToArray();

        var stranger = new Channel();
        stranger.Open();
        await handler.AnswerAsync(Request("198.51.100.1"), stranger, Cancellation).WaitAsync(TimeSpan.FromSeconds(120), Cancellation);
        Assert.Equal(ResponseCode.Refused, (ResponseCode)(stranger.Last[5] & 15));
        Assert.DoesNotContain(permitted, transfer => transfer.IsCompleted);

        hanging.Open();
        await Task.WhenAll(permitted).WaitAsync(TimeSpan.FromSeconds(120), Cancellation);
        Assert.Equal(MoreThanThereAre, hanging.Messages);
    }

    private static TransferRequest Request(string from) =>
        new(default, 1, TestZone.Name, RecordType.AXFR, null, new IPEndPoint(IPAddress.Parse(from), 1234), null, default);

    /// <summary>A client that takes nothing before it is opened.</summary>
    private sealed class Channel : ITransferChannel
    {
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _messages;

        public int Messages => _messages;

        public byte[] Last { get; private set; } = [];

        public void Open() => _open.SetResult();

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> framedMessages, CancellationToken cancellation)
        {
            await _open.Task.WaitAsync(cancellation);
            Interlocked.Increment(ref _messages);
            Last = framedMessages.ToArray();
        }
    }
}
