using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Wire;
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

    [Theory]
    [InlineData(SslProtocols.Tls12, "dot")]
    [InlineData(SslProtocols.Tls13, null)]
    [InlineData(SslProtocols.Tls13, "h2")]
    public async Task TLS_1_2_and_TLS_without_ALPN_dot_are_no_TLS_to_an_ACL_that_requires_it(SslProtocols version, string? alpn)
    {
        await StartPrimaryAsync();
        _primary!.Apply(settings => settings with { ZoneTransferAcls = [new(1, 1, IPNetwork.Parse("127.0.0.0/8"), null) { RequireTls = true }] });

        // A server that knows none of the client's protocols may end the handshake (RFC 7301 §3.2): that refuses the transfer too.
        var code = await AxfrAsync(version, alpn);
        Assert.True(code is null or ResponseCode.Refused, $"{code}");
        Assert.Equal(ResponseCode.NoError, await AxfrAsync(SslProtocols.Tls13, "dot"));
    }

    [Fact]
    public async Task An_ACL_can_require_the_key_of_the_clients_certificate()
    {
        await StartPrimaryAsync();
        var (ours, other) = (_certificates.Issue("client.example.org"), _certificates.Issue("client.example.org"));
        _primary!.Apply(settings => settings with
        {
            ZoneTransferAcls = [new(1, 1, IPNetwork.Parse("127.0.0.0/8"), null) { RequireTls = true, ClientPin = ours.Pin }],
        });
        var client = new DnsClient(TimeProvider.System);
        Task<ManagedDns.Dns.Transfer.TransferSummary> Transfer(TlsIdentity? identity) => client.TransferAsync(
            new(TlsEndPoint, Tls: Terms with { Identity = identity }), TestZone.Name, null, new RecordingSink(), cancellation: Cancellation);

        Assert.Equal(1u, (await Transfer(ours)).Serial);
        foreach (var wrong in new[] { other, null })
        {
            Assert.Equal(FailureReason.Refused, (await Assert.ThrowsAsync<DnsFailureException>(() => Transfer(wrong))).Failure.Reason);
        }

        // Who asks a question need show nothing.
        Assert.Equal(1u, (await client.QuerySoaAsync(new(TlsEndPoint, Tls: Terms), TestZone.Name, cancellation: Cancellation)).Serial);
    }

    [Fact]
    public async Task A_transfer_whose_request_is_padded_is_padded_and_tells_when_the_zone_expires()
    {
        await StartPrimaryAsync();
        _primary!.Apply(settings => settings with { ZoneTransferAcls = [new(1, 1, IPNetwork.Parse("127.0.0.0/8"), null)] });
        var message = new byte[512];
        var writer = new MessageWriter(message, 7, 0);
        writer.TryWriteQuestion(TestZone.Name.Wire, RecordType.AXFR, RecordClass.IN);
        writer.TryWriteOpt(new EdnsHeader(1232), [0, 9, 0, 0, 0, 12, 0, 1, 0]);

        var answer = await AskAsync(SslProtocols.Tls13, "dot", message[..writer.Length]);

        Assert.Equal(0, answer!.Length % 468);
        var reader = new MessageReader(answer, new byte[MessageReader.ScratchLength]);
        TimeSpan? expire = null;
        while (reader.TryReadRecord(out var record))
        {
            expire = record.Type == RecordType.OPT ? EdnsOption.ReadExpire(record.Rdata) : expire;
        }

        Assert.Equal((MessageError.None, TimeSpan.FromDays(1)), (reader.Error, expire));
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

    /// <summary>The code of an AXFR over TLS of that version and protocol; null where the connection ended without one.</summary>
    private async Task<ResponseCode?> AxfrAsync(SslProtocols version, string? alpn)
    {
        var message = new byte[512];
        var writer = new MessageWriter(message, 7, 0);
        writer.TryWriteQuestion(TestZone.Name.Wire, RecordType.AXFR, RecordClass.IN);
        return await AskAsync(version, alpn, message[..writer.Length]) is { } answer ? (ResponseCode)(answer[3] & 15) : null;
    }

    private async Task<byte[]?> AskAsync(SslProtocols version, string? alpn, byte[] message)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(TlsEndPoint, Cancellation);
        await using var stream = new SslStream(socket.GetStream());
        var pin = _primary!.Settings.Server.Identity!.Pin;
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "ns1.example.org",
                    EnabledSslProtocols = version,
                    ApplicationProtocols = alpn is null ? null : [new(alpn)],
                    RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 certificate && TlsIdentity.PinOf(certificate) == pin,
                },
                Cancellation);
            await stream.WriteAsync(new byte[] { (byte)(message.Length >> 8), (byte)message.Length }.Concat(message).ToArray(), Cancellation);
            var prefix = new byte[2];
            await stream.ReadExactlyAsync(prefix, Cancellation);
            var answer = new byte[(prefix[0] << 8) | prefix[1]];
            await stream.ReadExactlyAsync(answer, Cancellation);
            return answer;
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return null;
        }
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
