using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Model;
using ManagedDns.Store;
using ManagedDns.Store.Tables;
using Microsoft.Extensions.Time.Testing;

namespace Store.Tests;

public sealed class StatusTests : StoreTest
{
    private static readonly DateTimeOffset s_now = new(2026, 9, 1, 12, 0, 0, 123, TimeSpan.Zero);
    private static readonly IPEndPoint s_peer = new(IPAddress.Parse("2001:db8::1"), 5300);

    private readonly FakeTimeProvider _time = new(s_now);
    private readonly List<StoreException> _failures = [];

    /// <summary>The writer waits before it tries again, and may not have begun to wait when the clock is moved.</summary>
    private async Task PassingTimeUntil(Task task)
    {
        while (!task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await task;
    }

    private StatusWriter Writer(string node = "node1") => new(Store, node, _time, _failures.Add);

    [Fact]
    public async Task A_key_is_known_by_its_successor_too_and_a_new_rollover_forgets_what_was_used_before()
    {
        var old = new TsigKey(Name("old.example"), TsigAlgorithm.HmacSha256, new byte[32]);
        var key = Store.TsigKeys.Add(old);
        var coming = new TsigKey(Name("new.example"), TsigAlgorithm.HmacSha512, new byte[64]);
        Assert.Equal(coming, Store.TsigKeys.BeginRollover(old.Name, coming, s_now).Key.Successor);
        await using var writer = Writer();
        foreach (var used in new[] { old, coming, new TsigKey(Name("stranger.example"), TsigAlgorithm.HmacSha256, new byte[32]) })
        {
            writer.Report(new TsigKeyUse(used.Name, used.Fingerprint, s_peer.Address, TsigKeyUseDirection.Received, s_now));
        }

        await writer.FlushAsync();
        Assert.Equal(
            new[] { old.Fingerprint, coming.Fingerprint }.Order(StringComparer.Ordinal),
            Store.Status.KeyUses(key.Id).Select(use => use.Fingerprint).Order(StringComparer.Ordinal));

        Store.TsigKeys.EndRollover(old.Name, replace: true);
        Assert.Equal((coming, null), (Store.TsigKeys.Get(coming.Name).Key, Store.TsigKeys.Get(coming.Name).RolloverStarted));
        Store.TsigKeys.BeginRollover(coming.Name, old, s_now);
        Assert.Equal(coming.Fingerprint, Assert.Single(Store.Status.KeyUses(key.Id)).Fingerprint);
    }

    [Fact]
    public async Task What_is_reported_of_a_zone_comes_back_whole()
    {
        var zone = Store.Zones.Add(Name("example.org"), Common);
        var status = new ZoneStatus(zone.Id, ZoneState.Waiting)
        {
            PrimarySerial = uint.MaxValue,
            PublishedSerial = 7,
            RecordCount = 1_000_000,
            LastCheck = s_now,
            LastSuccess = s_now.AddHours(-1),
            NextRefresh = s_now.AddMinutes(1),
            ExpiresAt = s_now.AddDays(7),
            LastNotify = s_now.AddSeconds(-3),
            Primary = s_peer,
            LastFailure = new Failure(FailureReason.BadTime, s_peer, "The clocks differ.", "Set them.")
            {
                ResponseCode = ResponseCode.BadTime,
                ClockSkew = TimeSpan.FromSeconds(-301.5),
            },
        };
        await using var writer = Writer();
        writer.Report(status);
        await writer.FlushAsync();
        Assert.Equal(status, Assert.Single(Store.Status.Zones([zone.Id, 99], "node1")).Value);

        var plain = new ZoneStatus(zone.Id, ZoneState.UpToDate);
        writer.Report(plain);
        await writer.FlushAsync();
        Assert.Equal(plain, Assert.Single(Store.Status.Zones(node: "node1")).Value);
    }

    [Fact]
    public async Task The_servers_row_comes_back_whole_and_chooses_whose_zones_are_shown()
    {
        var zone = Store.Zones.Add(Name("example.org"), Common);
        var server = new ServerStatus("node1", ServerState.Running, 4711, "1.2.3")
        {
            Started = s_now.AddDays(-1),
            Heartbeat = s_now,
            AppliedGeneration = 12,
            EndPoints = [new(IPAddress.Any, 5301), new(IPAddress.IPv6Any, 5302)],
            TlsEndPoints = [new(IPAddress.Any, 853)],
        };
        await using var writer = Writer();
        await using var old = Writer("node0");
        old.Report(new ServerStatus("node0", ServerState.Stopped, 1, "1.0") { Heartbeat = s_now.AddDays(-2) });
        old.Report(new ZoneStatus(zone.Id, ZoneState.Expired));
        writer.Report(server);
        writer.Report(new ZoneStatus(zone.Id, ZoneState.UpToDate));
        await Task.WhenAll(writer.FlushAsync(), old.FlushAsync());

        var read = Store.Status.Server()!;
        Assert.Equal(server.EndPoints, read.EndPoints);
        Assert.Equal(server.TlsEndPoints, read.TlsEndPoints);
        Assert.Equal(server with { EndPoints = [], TlsEndPoints = [] }, read with { EndPoints = [], TlsEndPoints = [] });
        Assert.Equal(ZoneState.UpToDate, Store.Status.Zones()[zone.Id].State);
        Assert.Equal(ZoneState.Expired, Store.Status.Zones(node: "node0")[zone.Id].State);
    }

    [Fact]
    public async Task Of_a_zones_transfers_the_newest_are_kept()
    {
        var zone = Store.Zones.Add(Name("example.org"), Common);
        var other = Store.Zones.Add(Name("example.net"), Common);
        TransferReport Report(long id, uint serial) => new(
            id, TransferDirection.In, TransferKind.Ixfr, s_peer, s_now, TimeSpan.FromMicroseconds(1234567))
        {
            TsigKeyName = Name("key.example"),
            FromSerial = serial - 1,
            ToSerial = serial,
            Records = 3,
            Bytes = 1L << 40,
            Messages = 2,
            Failure = serial % 2 == 0 ? null : new Failure(FailureReason.Timeout, s_peer, "Nothing came.", "Look there."),
        };
        await using var writer = Writer();
        writer.Report(Report(other.Id, 5));
        for (var serial = 1u; serial <= 200; serial++)
        {
            writer.Report(Report(zone.Id, serial));
        }

        await writer.FlushAsync();
        var kept = Store.Status.Transfers(zone.Id);
        Assert.Equal(Enumerable.Range(0, StatusTables.TransfersKept).Select(i => Report(zone.Id, (uint)(200 - i))), kept);
        Assert.Single(Store.Status.Transfers(other.Id));
    }

    [Fact]
    public async Task Reports_on_a_zone_that_was_removed_are_passed_over_and_its_rows_are_gone()
    {
        var zone = Store.Zones.Add(Name("example.org"), Common);
        await using var writer = Writer();
        writer.Report(new ZoneStatus(zone.Id, ZoneState.UpToDate));
        await writer.FlushAsync();
        Store.Zones.Remove(zone.Name);
        Assert.Empty(Store.Status.Zones(node: "node1"));

        writer.Report(new ZoneStatus(zone.Id, ZoneState.Waiting));
        writer.Report(new TransferReport(zone.Id, TransferDirection.Out, TransferKind.Axfr, s_peer, s_now, TimeSpan.Zero));
        await writer.FlushAsync();
        Assert.Empty(Store.Status.Zones(node: "node1"));
        Assert.Empty(Store.Status.Transfers(zone.Id));
    }

    [Fact]
    public async Task What_could_not_be_written_is_written_later_unless_something_newer_came()
    {
        var zones = new[] { Store.Zones.Add(Name("a.example"), Common), Store.Zones.Add(Name("b.example"), Common) };
        await using var writer = Writer();
        TestFolder.Sql(Folder.Settings, "ALTER TABLE zone_status RENAME TO away");
        writer.Report(new ZoneStatus(zones[0].Id, ZoneState.Probing));
        writer.Report(new ZoneStatus(zones[1].Id, ZoneState.Probing));
        await Assert.ThrowsAsync<StoreException>(() => PassingTimeUntil(writer.FlushAsync()));
        Assert.NotEmpty(_failures);

        TestFolder.Sql(Folder.Settings, "ALTER TABLE away RENAME TO zone_status");
        writer.Report(new ZoneStatus(zones[1].Id, ZoneState.Checking));
        await PassingTimeUntil(writer.FlushAsync());
        var read = Store.Status.Zones(node: "node1");
        Assert.Equal((ZoneState.Probing, ZoneState.Checking), (read[zones[0].Id].State, read[zones[1].Id].State));
    }

    [Fact]
    public async Task A_report_that_cannot_be_written_at_all_holds_up_none_that_comes_later()
    {
        var zone = Store.Zones.Add(Name("a.example"), Common);
        await using var writer = Writer();
        writer.Report((TransferReport)null!);
        await PassingTimeUntil(writer.FlushAsync().ContinueWith(_ => { }, TaskScheduler.Default));
        writer.Report(new ZoneStatus(zone.Id, ZoneState.UpToDate));
        await PassingTimeUntil(writer.FlushAsync());
        Assert.NotEmpty(_failures);
        Assert.Equal(ZoneState.UpToDate, Store.Status.Zones(node: "node1")[zone.Id].State);
    }

    [Fact]
    public async Task Disposing_writes_what_still_waits()
    {
        var ids = Enumerable.Range(0, 5000).Select(i => i).ToArray();
        using (var batch = Store.Begin())
        {
            foreach (var i in ids)
            {
                Store.Zones.Add(Name($"z{i}.example"), Common);
            }

            batch.Commit();
        }

        await using (var writer = Writer())
        {
            foreach (var zone in Store.Zones.All())
            {
                writer.Report(new ZoneStatus(zone.Id, ZoneState.UpToDate));
            }
        }

        Assert.Equal(5000, Store.Status.Zones(node: "node1").Count);
        Assert.Empty(_failures);
    }

    [Fact]
    public async Task Status_does_not_raise_the_generation()
    {
        var zone = Store.Zones.Add(Name("example.org"), Common);
        var generation = Store.Generation;
        await using var writer = Writer();
        writer.Report(new ZoneStatus(zone.Id, ZoneState.UpToDate));
        await writer.FlushAsync();
        Assert.Equal(generation, Store.Generation);
    }
}
