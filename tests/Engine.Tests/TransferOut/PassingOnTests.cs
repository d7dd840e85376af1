using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.TransferOut;

/// <summary>One of us as the primary of another: a zone file, TSIG, transfers out and NOTIFY.</summary>
public sealed class PassingOnTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public async Task A_change_in_the_primarys_zone_file_arrives_at_the_secondary_by_NOTIFY()
    {
        await File.WriteAllTextAsync(_path, TestZone.Text(1), TestContext.Current.CancellationToken);
        await using var primary = await TestServer.StartAsync(TestServer.FromFile(_path));
        await using var secondary = await TestServer.StartAsync(TestServer.Secondary(new Remote(primary.EndPoint, TestServer.Key)));
        primary.Apply(settings => settings with { NotifyTargets = [new(1, 1, secondary.EndPoint.Address, secondary.EndPoint.Port, 1)] });
        await secondary.HasSerialAsync(1);
        Assert.Equal(ZoneState.Loaded, primary.Zone.State);

        await File.WriteAllTextAsync(_path, TestZone.Text(2, "new A 192.0.2.200"), TestContext.Current.CancellationToken);
        primary.Take(RequestKind.ReloadZoneFile);
        await secondary.HasSerialAsync(2);
        Assert.Equal(ResponseCode.NoError, await secondary.CodeAsync("new.example.org"));
        Assert.NotNull(secondary.Zone.LastNotify);
        await primary.Observed.WaitForTransfersAsync(transfers => transfers.Any(
            report => report is { Direction: TransferDirection.Out, Kind: TransferKind.Ixfr, FromSerial: 1, ToSerial: 2, Failure: null }));
    }

    [Fact]
    public async Task A_change_passes_through_a_secondary_to_the_next_one()
    {
        await using var origin = new TestPrimary(TestZone.Text(1));
        var middleSettings = TestServer.Secondary(origin.Remote);
        await using var middle = await TestServer.StartAsync(middleSettings with { ZoneTransferAcls = [new(1, 1, IPNetwork.Parse("127.0.0.0/8"), null)] });
        await using var last = await TestServer.StartAsync(TestServer.Secondary(middle.Remote));
        middle.Apply(settings => settings with { NotifyTargets = [new(1, 1, last.EndPoint.Address, last.EndPoint.Port, null)] });
        await last.HasSerialAsync(1);

        origin.Serve(TestZone.Text(2));
        await middle.NotifyAsync();
        await last.HasSerialAsync(2);
        Assert.Contains(middle.Store.List(), content => content.Serial == 2);
    }

    [Fact]
    public async Task A_secondary_of_ours_gets_differences_whether_they_came_as_such_or_as_a_whole_zone()
    {
        await using var origin = new TestPrimary(TestZone.Text(1));
        var settings = TestServer.Secondary(origin.Remote) with { ZoneTransferAcls = [new(1, 1, IPNetwork.Parse("127.0.0.0/8"), null)] };
        await using var middle = await TestServer.StartAsync(settings, await StoreThatHasTheZoneAsync(settings));
        await using var last = await TestServer.StartAsync(TestServer.Secondary(middle.Remote));
        middle.Apply(before => before with { NotifyTargets = [new(1, 1, last.EndPoint.Address, last.EndPoint.Port, null)] });
        await last.HasSerialAsync(1);

        origin.Serve(TestZone.Text(2, "a A 192.0.2.11"));
        await middle.NotifyAsync();
        await last.HasSerialAsync(2);
        origin.Serve(TestZone.Text(3, "b A 192.0.2.12"));
        await middle.NotifyAsync();
        await last.HasSerialAsync(3);

        Assert.Equal([TransferKind.Axfr, TransferKind.Axfr], Kinds(middle, TransferDirection.In));
        Assert.Equal([TransferKind.Axfr, TransferKind.Ixfr, TransferKind.Ixfr], Kinds(last, TransferDirection.In));
        Assert.DoesNotContain(last.Observed.Transfers, report => report is { Kind: TransferKind.Ixfr, Failure: not null });
        Assert.Equal(ResponseCode.NXDomain, await last.CodeAsync("a.example.org"));
        Assert.Equal(ResponseCode.NoError, await last.CodeAsync("b.example.org"));
        Assert.Equal(4, last.Observed.Transfers[^1].Records);

        static IEnumerable<TransferKind> Kinds(TestServer server, TransferDirection direction) =>
            server.Observed.Transfers.Where(report => report.Direction == direction).Select(report => report.Kind);
    }

    [Fact]
    public async Task While_the_disk_is_slow_others_are_given_the_version_that_a_crash_cannot_take_back()
    {
        await using var origin = new TestPrimary(TestZone.Text(1));
        var settings = TestServer.Secondary(origin.Remote) with { ZoneTransferAcls = [new(1, 1, IPNetwork.Parse("127.0.0.0/8"), null)] };
        await using var middle = await TestServer.StartAsync(settings, await StoreThatHasTheZoneAsync(settings));
        await using var last = await TestServer.StartAsync(TestServer.Secondary(middle.Remote));
        middle.Apply(before => before with { NotifyTargets = [new(1, 1, last.EndPoint.Address, last.EndPoint.Port, null)] });
        await last.HasSerialAsync(1);

        middle.Store.Ready.Reset();
        origin.Serve(TestZone.Text(2));
        await middle.NotifyAsync();
        await middle.HasSerialAsync(2);
        Assert.Equal(2u, await middle.ServedSerialAsync());
        Assert.Equal(1u, await TransferredSerialAsync(middle, null));

        middle.Store.Ready.Set();
        await last.HasSerialAsync(2);
    }

    [Fact]
    public async Task Differences_are_given_after_a_restart_as_before_it()
    {
        await using var origin = new TestPrimary(TestZone.Text(1));
        var settings = TestServer.Secondary(origin.Remote) with { ZoneTransferAcls = [new(1, 1, IPNetwork.Parse("127.0.0.0/8"), null)] };
        var store = await StoreThatHasTheZoneAsync(settings);
        await using (var before = await TestServer.StartAsync(settings, store))
        {
            await before.HasSerialAsync(1);
            origin.Serve(TestZone.Text(2, "a A 192.0.2.11"));
            await before.NotifyAsync();
            await before.HasSerialAsync(2);
            await before.Server.StopAsync();
        }

        await using var after = await TestServer.StartAsync(settings, store);
        Assert.Equal(2u, await after.ServedSerialAsync());
        Assert.Equal(ResponseCode.NoError, await after.CodeAsync("a.example.org"));
        Assert.Equal(2u, await TransferredSerialAsync(after, 1));
        await after.Observed.WaitForTransfersAsync(transfers => transfers.Any(report => report is { Direction: TransferDirection.Out, Records: 5 }));
    }

    [Fact]
    public async Task A_large_zone_is_given_whole_with_changes_on_top_of_what_is_kept_before_and_after_a_restart()
    {
        var hosts = string.Concat(Enumerable.Range(0, 4000).Select(i => $"host{i} A 10.0.{i / 256}.{i % 256}\n"));
        await using var origin = new TestPrimary(TestZone.Text(1, hosts));
        var settings = TestServer.Secondary(origin.Remote) with { ZoneTransferAcls = [new(1, 1, IPNetwork.Parse("127.0.0.0/8"), null)] };
        var store = await StoreThatHasTheZoneAsync(settings);
        await using (var before = await TestServer.StartAsync(settings, store))
        {
            await using var last = await TestServer.StartAsync(TestServer.Secondary(before.Remote));
            before.Apply(known => known with { NotifyTargets = [new(1, 1, last.EndPoint.Address, last.EndPoint.Port, null)] });
            await before.HasSerialAsync(1);
            origin.Serve(TestZone.Text(2, hosts + "host2000x A 192.0.2.11"));
            await before.NotifyAsync();
            await last.HasSerialAsync(2);
            origin.Serve(TestZone.Text(3, hosts + "host3000x A 192.0.2.12"));
            await before.NotifyAsync();
            await last.HasSerialAsync(3);
            Assert.Equal([TestServer.ZoneId, TestServer.ZoneId], store.Appended);
            await IsGivenAsync(before);
            await before.Server.StopAsync();
        }

        await using var after = await TestServer.StartAsync(settings, store);
        await IsGivenAsync(after);

        async Task IsGivenAsync(TestServer server)
        {
            using var expected = TestZone.Build(TestZone.Text(3, hosts + "host3000x A 192.0.2.12"));
            var received = new Received();
            var client = new DnsClient(TimeProvider.System);
            await client.TransferAsync(new(server.EndPoint, null), TestZone.Name, null, received, cancellation: TestContext.Current.CancellationToken);
            Assert.Equal(KeptZone.RecordsOf(expected), received.Records.Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData("127.0.0.0/8", true, true, ResponseCode.NoError)]
    [InlineData("127.0.0.0/8", true, false, ResponseCode.Refused)]
    [InlineData("127.0.0.0/8", false, true, ResponseCode.NoError)]
    [InlineData("10.0.0.0/8", false, true, ResponseCode.Refused)]
    public async Task Who_may_transfer_is_judged_by_network_and_key(string network, bool needsKey, bool signs, ResponseCode expected)
    {
        await File.WriteAllTextAsync(_path, TestZone.Text(1), TestContext.Current.CancellationToken);
        var settings = TestServer.FromFile(_path);
        await using var server = await TestServer.StartAsync(settings with { ZoneTransferAcls = [new(1, 1, IPNetwork.Parse(network), needsKey ? 1 : null)] });
        var code = await TransferAsync(server, TestZone.Name, signs);
        Assert.Equal(expected, code);
        Assert.Equal(expected == ResponseCode.Refused, server.Log.Any(line => line.Contains("Add-ZoneTransferAcl", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_transfer_of_a_zone_that_is_not_managed_is_NOTAUTH_and_of_one_without_content_SERVFAIL()
    {
        var settings = TestServer.Secondary();
        await using var server = await TestServer.StartAsync(settings with { ZoneTransferAcls = [new(1, 1, IPNetwork.Parse("127.0.0.0/8"), null)] });
        Assert.Equal(ResponseCode.NotAuth, await TransferAsync(server, DomainName.Parse("example.net"), signs: false));
        Assert.Equal(ResponseCode.ServFail, await TransferAsync(server, TestZone.Name, signs: false));
    }

    [Fact]
    public async Task A_zone_file_that_went_bad_keeps_the_old_version_and_its_error_names_file_and_line()
    {
        await File.WriteAllTextAsync(_path, TestZone.Text(1), TestContext.Current.CancellationToken);
        await using var server = await TestServer.StartAsync(TestServer.FromFile(_path));
        Assert.Equal(ZoneState.Loaded, server.Zone.State);

        await File.WriteAllTextAsync(_path, TestZone.Text(2, "bad A nonsense"), TestContext.Current.CancellationToken);
        server.Take(RequestKind.ReloadZoneFile);
        var status = await server.Observed.WaitAsync(TestServer.ZoneId, ZoneState.Failed);
        Assert.StartsWith($"{_path}:6:", status.LastFailure!.Message, StringComparison.Ordinal);
        Assert.Equal(1u, await server.ServedSerialAsync());

        await File.WriteAllTextAsync(_path, TestZone.Text(3), TestContext.Current.CancellationToken);
        server.Take(RequestKind.ReloadZoneFile);
        await server.HasSerialAsync(3);
    }

    [Fact]
    public async Task A_zone_file_that_changes_is_read_without_being_asked()
    {
        await File.WriteAllTextAsync(_path, TestZone.Text(1), TestContext.Current.CancellationToken);
        await using var server = await TestServer.StartAsync(TestServer.FromFile(_path));
        await File.WriteAllTextAsync(_path, TestZone.Text(2), TestContext.Current.CancellationToken);
        await server.HasSerialAsync(2);
    }

    [Fact]
    public async Task A_zone_file_that_is_bad_at_the_start_leaves_what_was_kept_in_service()
    {
        var store = new MemoryContentStore();
        await File.WriteAllTextAsync(_path, TestZone.Text(1), TestContext.Current.CancellationToken);
        await using (await TestServer.StartAsync(TestServer.FromFile(_path), store))
        {
        }

        File.Delete(_path);
        await using var server = await TestServer.StartAsync(TestServer.FromFile(_path), store);
        Assert.Equal(ZoneState.Failed, server.Zone.State);
        Assert.Equal(1u, await server.ServedSerialAsync());
    }

    [Fact]
    public async Task A_NOTIFY_for_a_zone_from_a_file_is_refused()
    {
        await File.WriteAllTextAsync(_path, TestZone.Text(1), TestContext.Current.CancellationToken);
        await using var server = await TestServer.StartAsync(TestServer.FromFile(_path));
        var failure = await Assert.ThrowsAsync<DnsFailureException>(() => server.NotifyAsync(TestServer.Key));
        Assert.Equal(ResponseCode.Refused, failure.Failure.ResponseCode);
    }

    /// <summary>A server that has transferred a zone may be asked for it before it is kept; one that has stopped has kept it.</summary>
    private static async Task<MemoryContentStore> StoreThatHasTheZoneAsync(ServiceSettings settings)
    {
        var store = new MemoryContentStore();
        await using var server = await TestServer.StartAsync(settings, store);
        await server.HasSerialAsync(1);
        await server.Server.StopAsync();
        return store;
    }

    private static async Task<uint> TransferredSerialAsync(TestServer server, uint? have)
    {
        var client = new DnsClient(TimeProvider.System);
        return (await client.TransferAsync(server.Remote, TestZone.Name, have, new Received(), cancellation: TestContext.Current.CancellationToken)).Serial;
    }

    private static async Task<ResponseCode> TransferAsync(TestServer server, DomainName zone, bool signs)
    {
        var client = new DnsClient(TimeProvider.System);
        try
        {
            await client.TransferAsync(new(server.EndPoint, signs ? TestServer.Key : null), zone, null, new Received(), cancellation: TestContext.Current.CancellationToken);
            return ResponseCode.NoError;
        }
        catch (DnsFailureException e) when (e.Failure.ResponseCode is { } code)
        {
            return code;
        }
    }

    private sealed class Received : ITransferSink
    {
        public List<string> Records { get; } = [];

        public void BeginZone(uint serial)
        {
        }

        public void BeginDifference(uint fromSerial)
        {
        }

        public void Add(in WireRecord record) => Records.Add(KeptZone.Describe(record));

        public void Delete(in WireRecord record)
        {
        }
    }
}
