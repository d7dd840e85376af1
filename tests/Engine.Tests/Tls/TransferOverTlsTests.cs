using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;
using ManagedDns.TestKit;

namespace ManagedDns.Engine.Tests.Tls;

/// <summary>Transfers over TLS (RFC 9103) from one of our servers to another, and what is refused without it.</summary>
public sealed class TransferOverTlsTests : IAsyncDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly string _file = Path.GetTempFileName();
    private TestServer? _primary;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IPEndPoint TlsEndPoint => _primary!.Server.TlsEndPoints[0];

    private TlsTerms Terms => new() { HostName = "ns1.example.org", Authorities = _certificates.Pem };

    [Fact]
    public async Task A_zone_and_its_changes_come_over_TLS_with_TSIG()
    {
        await StartPrimaryAsync();
        await using var server = await TestServer.StartAsync(TestServer.Secondary(new Remote(TlsEndPoint, TestServer.Key, Tls: Terms)));
        await server.HasSerialAsync(1);

        await ServeAsync(2);
        while (server.Zone.PublishedSerial != 2)
        {
            // The primary passes a version on once it is kept.
            var before = server.Zone.LastCheck;
            server.Take(RequestKind.TransferZone);
            await server.Observed.WaitAsync(TestServer.ZoneId, status => status.State == ZoneState.UpToDate && status.LastCheck > before);
        }

        Assert.Equal(TransferKind.Axfr, server.Observed.Transfers[0].Kind);
        Assert.Equal(TransferKind.Ixfr, server.Observed.Transfers[^1].Kind);
        Assert.All(_primary!.Observed.Transfers, report => Assert.Null(report.Failure));
    }

    [Fact]
    public async Task Where_the_ACL_requires_TLS_a_transfer_over_TCP_is_refused_and_one_over_TLS_is_not()
    {
        await StartPrimaryAsync();
        var client = new DnsClient(TimeProvider.System);
        var refused = await Assert.ThrowsAsync<DnsFailureException>(() => client.TransferAsync(
            new(_primary!.EndPoint, TestServer.Key), TestZone.Name, null, new RecordingSink(), cancellation: Cancellation));
        Assert.Equal(FailureReason.Refused, refused.Failure.Reason);
        var summary = await client.TransferAsync(
            new(TlsEndPoint, TestServer.Key, Tls: Terms), TestZone.Name, null, new RecordingSink(), cancellation: Cancellation);
        Assert.Equal(1u, summary.Serial);
        Assert.Contains(_primary!.Log, line => line.Contains("TLS", StringComparison.Ordinal) && line.Contains("refused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_primary_that_is_not_who_it_should_be_leaves_the_old_version_served_until_the_terms_are_right()
    {
        await StartPrimaryAsync();
        await using var server = await TestServer.StartAsync(TestServer.Secondary(new Remote(TlsEndPoint, TestServer.Key, Tls: Terms)));
        await server.HasSerialAsync(1);

        var wrong = Terms with { Pins = ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] };
        Require(server, wrong);
        var status = await server.Observed.WaitAsync(TestServer.ZoneId, seen => seen.LastFailure is not null);
        Assert.Equal(FailureReason.CertificatePin, status.LastFailure!.Reason);
        Assert.Equal(1u, await server.ServedSerialAsync());

        Require(server, Terms);
        await server.Observed.WaitAsync(TestServer.ZoneId, seen => seen is { State: ZoneState.UpToDate, LastFailure: null });
    }

    [Fact]
    public async Task A_new_certificate_is_shown_on_the_same_port_to_those_who_come_afterwards()
    {
        await StartPrimaryAsync();
        var (endPoint, renewed) = (TlsEndPoint, _certificates.Issue("ns1.example.org"));
        _primary!.Apply(settings => settings with { Server = settings.Server with { Identity = renewed } });
        Assert.Equal(endPoint, TlsEndPoint);
        await new DnsClient(TimeProvider.System).QuerySoaAsync(
            new(endPoint, Tls: new() { Pins = [renewed.Pin] }), TestZone.Name, cancellation: Cancellation);

        _primary.Apply(settings => settings with { Server = settings.Server with { TlsPort = null } });
        Assert.Empty(_primary.Server.TlsEndPoints);
    }

    public async ValueTask DisposeAsync()
    {
        if (_primary is not null)
        {
            await _primary.DisposeAsync();
        }

        File.Delete(_file);
        _certificates.Dispose();
    }

    private async Task StartPrimaryAsync()
    {
        await File.WriteAllTextAsync(_file, TestZone.Text(1), Cancellation);
        var settings = TestServer.FromFile(_file);
        _primary = await TestServer.StartAsync(settings with
        {
            ZoneTransferAcls = [.. settings.ZoneTransferAcls.Select(acl => acl with { RequireTls = true })],
            Server = settings.Server with { TlsPort = 0, Identity = _certificates.Issue("ns1.example.org") },
        });
    }

    private static void Require(TestServer server, TlsTerms terms) =>
        server.Apply(settings => settings with { Primaries = [.. settings.Primaries.Select(primary => primary with { Tls = terms })] });

    private async Task ServeAsync(uint serial)
    {
        await File.WriteAllTextAsync(_file, TestZone.Text(serial, "new A 192.0.2.9"), Cancellation);
        _primary!.Take(RequestKind.TransferZone);
        await _primary.HasSerialAsync(serial);
    }
}
