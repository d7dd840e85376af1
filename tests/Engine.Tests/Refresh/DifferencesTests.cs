using ManagedDns.Dns;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Refresh;

/// <summary>IXFR from primaries (RFC 1995): differences that fit, and those that do not.</summary>
public class DifferencesTests
{
    private const string Soa1 = "@ SOA ns1 hostmaster 1 3600 600 86400 60";
    private const string Soa2 = "@ SOA ns1 hostmaster 2 3600 600 86400 60";
    private const string Soa3 = "@ SOA ns1 hostmaster 3 3600 600 86400 60";

    [Fact]
    public async Task Differences_are_applied_and_what_they_do_not_touch_stays()
    {
        await using var primary = new TestPrimary(TestZone.Text(1), TestServer.Key);
        await using var server = await StartAsync(primary);
        await ChangeAsync(server, primary, TestZone.Text(2, "new A 192.0.2.2").Replace("192.0.2.80", "192.0.2.81", StringComparison.Ordinal), $"""
            {Soa2}
            {Soa1}
            www A 192.0.2.80
            {Soa2}
            www A 192.0.2.81
            new A 192.0.2.2
            {Soa2}
            """);
        var status = await server.HasSerialAsync(2);
        Assert.Equal(5, status.RecordCount);
        Assert.Equal(ResponseCode.NoError, await server.CodeAsync("new.example.org"));
        Assert.True((await server.QueryAsync("www.example.org", RecordType.A)).Message.Span.IndexOf(new byte[] { 192, 0, 2, 81 }) > 0);
        var report = server.Observed.Transfers[^1];
        Assert.Equal((TransferKind.Ixfr, 1u, 2u, null), (report.Kind, report.FromSerial, report.ToSerial, report.Failure));
        Assert.Equal(1, primary.TimesAsked(RecordType.AXFR));
    }

    [Fact]
    public async Task Several_sequences_lead_to_the_newest_serial_and_all_of_it_is_kept()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        var store = new MemoryContentStore();
        await using (var server = await StartAsync(primary, store))
        {
            await ChangeAsync(server, primary, TestZone.Text(3), $"""
                {Soa3}
                {Soa1}
                {Soa2}
                passing A 192.0.2.2
                {Soa2}
                passing A 192.0.2.2
                {Soa3}
                last A 192.0.2.3
                {Soa3}
                """);
            await server.HasSerialAsync(3);
        }

        await using var silent = new TestPrimary { IsSilent = true };
        await using var again = await TestServer.StartAsync(TestServer.Secondary(silent.Remote), store);
        Assert.Equal(3u, await again.ServedSerialAsync());
        Assert.Equal(ResponseCode.NoError, await again.CodeAsync("last.example.org"));
        Assert.Equal(ResponseCode.NXDomain, await again.CodeAsync("passing.example.org"));
    }

    [Theory]
    [InlineData("missing A 192.0.2.2", "", FailureReason.Mismatch)]
    [InlineData("", "www A 192.0.2.80", FailureReason.Mismatch)]
    [InlineData("", "www CNAME ns1", FailureReason.RejectedContent)]
    [InlineData("", "www.example.net. A 192.0.2.1", FailureReason.OutOfZone)]
    [InlineData("@ NS ns1", "", FailureReason.RejectedContent)]
    public async Task Differences_that_do_not_fit_or_make_a_bad_zone_are_dropped_for_the_whole_zone_at_once(string deleted, string added, FailureReason reason)
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await StartAsync(primary);
        await ChangeAsync(server, primary, TestZone.Text(2, "whole A 192.0.2.2"), string.Join('\n', Soa2, Soa1, deleted, Soa2, added, Soa2));
        await server.HasSerialAsync(2);
        Assert.Equal(ResponseCode.NoError, await server.CodeAsync("whole.example.org"));
        Assert.Equal([null, reason, null], server.Observed.Transfers.Select(report => report.Failure?.Reason));
        Assert.Equal([TransferKind.Axfr, TransferKind.Ixfr, TransferKind.Axfr], server.Observed.Transfers.Select(report => report.Kind));
        Assert.DoesNotContain(server.Observed.History, status => status.LastFailure is not null);
    }

    [Fact]
    public async Task A_primary_whose_transfer_mode_says_so_is_never_asked_for_differences()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        var settings = TestServer.Secondary(primary.Remote);
        await using var server = await TestServer.StartAsync(
            settings with { Primaries = [.. settings.Primaries.Select(one => one with { TransferMode = TransferMode.Whole })] });
        await server.HasSerialAsync(1);

        primary.Serve(TestZone.Text(2));
        server.Take(RequestKind.TransferZone);
        await server.HasSerialAsync(2);

        Assert.Equal((2, 0), (primary.TimesAsked(RecordType.AXFR), primary.TimesAsked(RecordType.IXFR)));
    }

    [Fact]
    public async Task A_primary_that_answers_an_IXFR_with_the_whole_zone_is_taken_at_its_word()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await StartAsync(primary);
        primary.Serve(TestZone.Text(2));
        await server.NotifyAsync();
        await server.HasSerialAsync(2);
        Assert.Equal(1, primary.TimesAsked(RecordType.AXFR));
        Assert.Equal(TransferKind.Axfr, server.Observed.Transfers[^1].Kind);
    }

    private static async Task<TestServer> StartAsync(TestPrimary primary, MemoryContentStore? store = null)
    {
        var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote), store);
        await server.HasSerialAsync(1);
        return server;
    }

    private static async Task ChangeAsync(TestServer server, TestPrimary primary, string zone, string differences)
    {
        primary.Serve(zone);
        primary.Differences = TestZone.Records(differences);
        await server.NotifyAsync(primary.Key);
    }
}
