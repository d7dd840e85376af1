using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;
using ManagedDns.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace ManagedDns.Engine.Tests.Refresh;

/// <summary>From a primary to an answer, and what primaries may do wrong on the way.</summary>
public class TransferInTests
{
    [Fact]
    public async Task A_version_that_a_check_rejects_is_kept_and_published_when_the_operator_says_so()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote));
        await server.HasSerialAsync(1);
        primary.Serve(TestZone.Text(2, "alias CNAME www\nalias A 192.0.2.9"));
        await server.NotifyAsync();
        var status = await server.Observed.WaitAsync(TestServer.ZoneId, seen => seen.LastFailure is not null);
        Assert.Equal(FailureReason.RejectedContent, status.LastFailure!.Reason);
        Assert.Contains("Approve-ZoneVersion", status.LastFailure.Remedy, StringComparison.Ordinal);
        Assert.Equal(1u, await server.ServedSerialAsync());
        Assert.Equal(2u, server.Store.List().Single(content => content.Kind == ContentKind.Rejected).Serial);

        server.Take(RequestKind.AcceptVersion);
        await server.HasSerialAsync(2);
        Assert.Equal(2u, await server.ServedSerialAsync());

        // It is forgotten as a rejected one only after it is served.
        await server.Store.HoldsAsync(kept => kept.All(content => content.Kind != ContentKind.Rejected));
        await server.Server.StopAsync();
        Assert.Equal([(ContentKind.Primary, 2u)], server.Store.List().Select(content => (content.Kind, content.Serial)));
    }

    [Fact]
    public async Task A_finding_that_only_warns_shows_in_the_status()
    {
        await using var primary = new TestPrimary(TestZone.Text(1, "sub NS ns.sub"));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote));
        Assert.Contains("ns.sub.example.org.", (await server.HasSerialAsync(1)).Warning, StringComparison.Ordinal);
        primary.Serve(TestZone.Text(2));
        await server.NotifyAsync();
        Assert.Null((await server.HasSerialAsync(2)).Warning);
    }

    [Fact]
    public async Task A_zone_whose_new_version_cannot_be_taken_up_is_asked_about_again()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = new TestServer(TestServer.Secondary(primary.Remote));
        var broken = 1;
        server.Observed.Fault = status =>
            status.State == ZoneState.UpToDate && Interlocked.Exchange(ref broken, 0) == 1 ? new InvalidOperationException("broken") : null;
        await server.Server.StartAsync(TestContext.Current.CancellationToken);
        await server.HasSerialAsync(1);
        Assert.Equal(0, broken);
        Assert.Contains(server.Log, line => line.Contains("met a defect", StringComparison.Ordinal));
    }

    private static readonly Remote s_dead = new(new(IPAddress.Loopback, 9));

    [Fact]
    public async Task A_zone_is_transferred_with_TSIG_and_answered_over_UDP_and_TCP()
    {
        await using var primary = new TestPrimary(TestZone.Text(1), TestServer.Key);
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote));
        var status = await server.HasSerialAsync(1);
        Assert.Equal(primary.EndPoint, status.Primary);
        Assert.Equal(4, status.RecordCount);
        Assert.Null(status.LastFailure);
        Assert.Equal(TimeSpan.FromDays(1), status.ExpiresAt - status.LastSuccess);

        foreach (var transport in new[] { DnsTransport.Udp, DnsTransport.Tcp })
        {
            var answer = await server.QueryAsync("www.example.org", RecordType.A, transport);
            Assert.Equal(ResponseCode.NoError, answer.Code);
            Assert.True(answer.Message.Span.IndexOf(new byte[] { 192, 0, 2, 80 }) > 0);
        }

        var report = Assert.Single(server.Observed.Transfers);
        Assert.Equal((TransferDirection.In, TransferKind.Axfr, 1u), (report.Direction, report.Kind, report.ToSerial));
        Assert.Equal(TestServer.Key.Name, report.TsigKeyName);
        Assert.Null(report.Failure);
    }

    [Fact]
    public async Task A_zone_that_has_not_come_yet_is_SERVFAIL_and_one_that_is_not_managed_is_REFUSED()
    {
        await using var server = await TestServer.StartAsync(TestServer.Secondary(s_dead));
        Assert.Equal(ResponseCode.ServFail, await server.CodeAsync());
        Assert.Equal(ResponseCode.Refused, await server.CodeAsync("www.example.net"));
    }

    [Fact]
    public async Task When_the_first_primary_is_dead_the_second_is_used_in_the_same_cycle()
    {
        await using var second = new TestPrimary(TestZone.Text(1));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(s_dead, second.Remote));
        var status = await server.HasSerialAsync(1);
        Assert.Equal(second.EndPoint, status.Primary);
        Assert.DoesNotContain(server.Observed.History, seen => seen.LastFailure is not null);
    }

    [Fact]
    public async Task When_the_first_primary_refuses_the_second_is_used_and_the_refusal_is_in_the_history()
    {
        await using var first = new TestPrimary { Denial = ResponseCode.Refused };
        await using var second = new TestPrimary(TestZone.Text(1));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(first.Remote, second.Remote));
        await server.HasSerialAsync(1);
        Assert.Equal([FailureReason.Refused, null], server.Observed.Transfers.Select(report => report.Failure?.Reason));
    }

    [Fact]
    public async Task A_zone_without_an_enabled_primary_says_so()
    {
        await using var server = await TestServer.StartAsync(TestServer.Secondary());
        var status = await server.Observed.WaitAsync(TestServer.ZoneId, seen => seen.LastFailure is not null);
        Assert.Equal(ZoneState.Waiting, status.State);
        Assert.Equal(FailureReason.NoPrimary, status.LastFailure!.Reason);
        Assert.Contains("Enable-PrimaryNameServer", status.LastFailure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_primary_that_is_one_of_our_own_addresses_is_not_asked()
    {
        await using var server = await TestServer.StartAsync(TestServer.Secondary(s_dead));
        server.Apply(settings => settings with { Primaries = [TestServer.Primary(1, 1, server.Remote)] });
        var status = await server.Observed.WaitAsync(TestServer.ZoneId, seen => seen.LastFailure?.Reason == FailureReason.OwnAddress);
        Assert.Equal(server.EndPoint, status.LastFailure!.Server);
        Assert.Contains("primary1", status.LastFailure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alias CNAME www\nalias A 192.0.2.9", FailureReason.RejectedContent)]
    [InlineData("", FailureReason.ConnectionClosed)]
    public async Task A_new_version_that_is_bad_or_cut_off_leaves_the_old_one_served(string addition, FailureReason reason)
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote));
        await server.HasSerialAsync(1);

        primary.CutAfter = reason == FailureReason.ConnectionClosed ? 0 : null;
        primary.Serve(TestZone.Text(2, addition));
        server.Take(RequestKind.TransferZone);
        var status = await server.Observed.WaitAsync(TestServer.ZoneId, seen => seen.LastFailure is not null);
        Assert.Equal(reason, status.LastFailure!.Reason);
        Assert.Equal(primary.EndPoint, status.LastFailure.Server);
        Assert.Equal(1u, await server.ServedSerialAsync());
        Assert.Equal(reason, server.Observed.Transfers[^1].Failure?.Reason);
        Assert.Equal(reason == FailureReason.ConnectionClosed, server.Observed.Transfers[^1].Bytes == 0);

        primary.CutAfter = null;
        primary.Serve(TestZone.Text(3));
        server.Take(RequestKind.TransferZone);
        await server.HasSerialAsync(3);
        Assert.Equal(3u, await server.ServedSerialAsync());
    }

    [Fact]
    public async Task A_serial_that_went_back_is_a_state_of_its_own_and_is_accepted_once()
    {
        await using var primary = new TestPrimary(TestZone.Text(2026010100));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote));
        await server.HasSerialAsync(2026010100);

        primary.Serve(TestZone.Text(5));
        server.Take(RequestKind.TransferZone);
        var status = await server.Observed.WaitAsync(TestServer.ZoneId, ZoneState.SerialRegressed);
        Assert.Equal(FailureReason.SerialRegressed, status.LastFailure!.Reason);
        Assert.Contains("2026010100", status.LastFailure.Message, StringComparison.Ordinal);
        Assert.Equal(2026010100u, await server.ServedSerialAsync());

        server.Take(RequestKind.TransferZone, full: true);
        await server.Observed.WaitForTransfersAsync(reports => reports[^1].Failure?.Reason == FailureReason.SerialRegressed);

        server.Take(RequestKind.AcceptSerial);
        await server.HasSerialAsync(5);
        Assert.Equal(5u, await server.ServedSerialAsync());

        primary.Serve(TestZone.Text(4));
        server.Take(RequestKind.TransferZone);
        await server.Observed.WaitAsync(TestServer.ZoneId, ZoneState.SerialRegressed);
    }

    [Fact]
    public async Task A_full_transfer_that_is_asked_for_while_the_primary_is_probed_comes_after_it()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote));
        await server.HasSerialAsync(1);

        primary.IsSilent = true;
        server.Take(RequestKind.TransferZone);
        await server.Observed.WaitAsync(TestServer.ZoneId, ZoneState.Probing);
        server.Take(RequestKind.TransferZone, full: true);
        primary.IsSilent = false;
        await server.Observed.WaitForTransfersAsync(reports => reports.Count == 2);
        Assert.Equal([TransferKind.Axfr, TransferKind.Axfr], server.Observed.Transfers.Select(report => report.Kind));
    }

    [Fact]
    public async Task The_limits_of_the_common_setting_end_a_transfer_that_is_larger()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        var settings = TestServer.Secondary(primary.Remote);
        ServiceSettings With(TransferLimits limits) =>
            settings with { CommonSettings = settings.CommonSettings.SetItem(1, settings.CommonSettings[1] with { Limits = limits }) };
        await using var server = await TestServer.StartAsync(With(TransferLimits.Default with { MaxRecords = 2 }));
        var failed = await server.Observed.WaitAsync(TestServer.ZoneId, status => status.LastFailure is not null);
        Assert.Equal(FailureReason.TooLarge, failed.LastFailure!.Reason);
        var report = Assert.Single(server.Observed.Transfers);
        Assert.True(report is { Records: > 2, Bytes: > 0, Messages: 1 }, $"{report}");

        server.Apply(_ => With(TransferLimits.Default));
        server.Take(RequestKind.TransferZone);
        await server.HasSerialAsync(1);
    }

    [Fact]
    public async Task A_zone_for_which_there_is_no_memory_fails_like_any_other_and_may_be_tried_again()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        var client = new DnsClient(TimeProvider.System);
        using var receiver = new ZoneReceiver(
            client, new(new MemoryContentStore(), TimeProvider.System, NullLogger.Instance), new Observed(), TimeProvider.System, NullLogger.Instance);
        var cycle = new RefreshCycle(client, receiver, new(TimeProvider.System), _ => false, NullLogger.Instance);
        using var order = new CycleOrder(
            1, TestZone.Name, [new("primary1", primary.Remote)], null, Wish.Now, null, null, ContentCheckSettings.Default, TransferLimits.Default);

        var result = await cycle.RunAsync(
            order,
            (state, _, _) =>
            {
                if (state == ZoneState.Checking)
                {
                    throw new InsufficientMemoryException("A zone's contents cannot grow beyond 16 GB.");
                }
            },
            TestContext.Current.CancellationToken);

        Assert.Equal(FailureReason.Internal, result.Failure?.Reason);
    }

    [Fact]
    public async Task When_the_primaries_are_changed_in_the_middle_of_a_transfer_its_progress_is_over_at_once()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var slow = ScriptedServer.Start(new(TestZone.Name, TestZone.Records(TestZone.Text(1)))
        {
            RecordsPerMessage = 1,
            BetweenMessages = async stop =>
            {
                // Each message but the first comes seconds after the one before; the fourth does not come.
                if (time.GetUtcNow() - time.Start > 2 * TransferWatch.Pause)
                {
                    await Task.Delay(Timeout.Infinite, stop);
                }

                time.Advance(1.5 * TransferWatch.Pause);
            },
        });
        await using var silent = new TestPrimary { IsSilent = true };
        await using var server = await TestServer.StartAsync(TestServer.Secondary(new Remote(slow.EndPoint)), time: time);
        await server.Observed.WaitAsync(TestServer.ZoneId, seen => seen.Transfer is not null);

        server.Apply(settings => settings with { Primaries = [TestServer.Primary(2, 1, silent.Remote)] });

        var after = server.Observed.History.SkipWhile(seen => seen.Transfer is null).SkipWhile(seen => seen.Transfer is not null).ToList();
        Assert.Equal((ZoneState.Waiting, null, null), (after[0].State, after[0].Primary, after[0].Transfer));
        Assert.All(after, seen => Assert.Null(seen.Transfer));
        Assert.Equal(silent.EndPoint, (await server.Observed.WaitAsync(TestServer.ZoneId, ZoneState.Transferring)).Primary);
    }

    [Fact]
    public async Task A_full_transfer_takes_the_zone_although_the_serial_is_the_same()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote));
        await server.HasSerialAsync(1);
        primary.Serve(TestZone.Text(1, "forgotten A 192.0.2.1"));

        server.Take(RequestKind.TransferZone, full: true);
        await server.Observed.WaitAsync(TestServer.ZoneId, status => status.RecordCount == 5);
        Assert.Equal(ResponseCode.NoError, await server.CodeAsync("forgotten.example.org"));
    }

    [Fact]
    public async Task A_check_that_finds_the_same_serial_transfers_nothing()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote), time: time);
        var first = await server.HasSerialAsync(1);
        time.Advance(TimeSpan.FromSeconds(1));
        server.Take(RequestKind.TransferZone);
        await server.Observed.WaitAsync(TestServer.ZoneId, status => status.State == ZoneState.UpToDate && status.LastSuccess > first.LastSuccess);
        Assert.Equal([RecordType.AXFR, RecordType.SOA], primary.Asked);
    }

    [Fact]
    public async Task A_primary_that_does_not_answer_over_UDP_is_asked_over_TCP()
    {
        await using var primary = new TestPrimary(TestZone.Text(1)) { IsSilentOverUdp = true };
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote));
        await server.HasSerialAsync(1);
        primary.Serve(TestZone.Text(2));
        server.Take(RequestKind.TransferZone);
        await server.HasSerialAsync(2);
        Assert.DoesNotContain(server.Observed.History, status => status.LastFailure is not null);
    }
}
