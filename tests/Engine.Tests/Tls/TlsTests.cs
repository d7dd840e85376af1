using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Transports;
using ManagedDns.Engine.Zones;
using ManagedDns.TestKit;

namespace ManagedDns.Engine.Tests.Tls;

/// <summary>DNS over TLS (RFC 7858) between our client and our server, and what may be wrong with a certificate (RFC 8310, RFC 9103 §9).</summary>
public sealed class TlsTests : IAsyncLifetime
{
    private const string HostName = "ns1.example.org";

    private readonly TestCertificates _certificates = new();
    private readonly DnsClient _client = new(TimeProvider.System);
    private readonly ZoneTable _zones = new();
    private readonly TcpTransport _server;

    public TlsTests()
    {
        using var zone = TestZone.Build(TestZone.Text(7));
        _zones.Publish(zone);
        _server = TcpTransport.Start(new(IPAddress.Loopback, 0), new QueryProcessor(_zones, TimeProvider.System), identity: _certificates.Issue(HostName));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private TlsTerms ByName => new() { HostName = HostName, Authorities = _certificates.Pem };

    private TlsTerms ByPin => new() { Pins = [_server.Identity!.Pin] };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _zones.Dispose();
        _certificates.Dispose();
    }

    [Fact]
    public async Task A_query_is_answered_to_a_client_that_knows_the_name_the_pin_or_both()
    {
        foreach (var terms in new[] { ByName, ByPin, ByName with { Pins = ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", _server.Identity!.Pin] } })
        {
            var answer = await _client.QuerySoaAsync(new Remote(_server.EndPoint, Tls: terms), TestZone.Name, cancellation: Cancellation);
            Assert.Equal(7u, answer.Serial);
        }
    }

    [Fact]
    public async Task Queries_share_a_TLS_connection_where_there_is_a_pool()
    {
        using var pool = new ConnectionPool(TimeProvider.System);
        var client = new DnsClient(TimeProvider.System, pool);
        for (var i = 0; i < 3; i++)
        {
            var answer = await client.QueryAsync(new Remote(_server.EndPoint, Tls: ByName), TestZone.Name, RecordType.SOA, cancellation: Cancellation);
            Assert.Equal(DnsTransport.Tls, answer.Transport);
            Assert.Equal(1, _server.ConnectionCount);
        }
    }

    [Fact]
    public async Task A_certificate_of_an_authority_that_is_not_trusted_is_told_with_the_pin_that_would_do()
    {
        var failure = await FailAsync(new() { HostName = HostName });
        Assert.Equal(FailureReason.CertificateUntrusted, failure.Reason);
        Assert.Contains(_server.Identity!.Pin, failure.Remedy, StringComparison.Ordinal);

        using var others = new TestCertificates("Another authority");
        Assert.Equal(FailureReason.CertificateUntrusted, (await FailAsync(ByName with { Authorities = others.Pem })).Reason);
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_told_with_the_name_that_it_has()
    {
        var failure = await FailAsync(ByName with { HostName = "ns2.example.org" });
        Assert.Equal(FailureReason.CertificateName, failure.Reason);
        Assert.Contains(HostName, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_has_expired_is_told_with_its_dates_and_taken_by_its_pin()
    {
        _server.Identity = _certificates.Issue(HostName, expired: true);
        Assert.Equal(FailureReason.CertificateExpired, (await FailAsync(ByName)).Reason);

        // RFC 8310 §8.1: a pin says who it is, whatever the certificate says.
        await _client.QuerySoaAsync(new Remote(_server.EndPoint, Tls: ByPin), TestZone.Name, cancellation: Cancellation);
    }

    [Fact]
    public async Task A_key_that_is_not_pinned_is_told_although_the_name_is_right()
    {
        var terms = ByName with { Pins = ByPin.Pins };
        _server.Identity = _certificates.Issue(HostName);
        var failure = await FailAsync(terms);
        Assert.Equal(FailureReason.CertificatePin, failure.Reason);
        Assert.Contains(_server.Identity.Pin, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_TLS_learns_nothing()
    {
        await using var plain = ScriptedServer.Start(new(TestZone.Name, TestZone.Records(TestZone.Text(1))));
        var failure = await FailAsync(ByName, plain.EndPoint, new() { MaxTimeout = TimeSpan.FromSeconds(2) });
        Assert.Contains(failure.Reason, new[] { FailureReason.TlsFailed, FailureReason.Timeout, FailureReason.ConnectionClosed });
        Assert.Empty(plain.Requests);
    }

    [Theory]
    [InlineData(SslProtocols.Tls13, false, FailureReason.NoAlpn)]
    [InlineData(SslProtocols.Tls12, true, FailureReason.TlsFailed)]
    public async Task A_server_that_does_not_speak_DNS_over_TLS_1_3_is_told(SslProtocols protocols, bool alpn, FailureReason reason)
    {
        using var listener = Listen();
        var accepting = AcceptAsync(listener, new() { EnabledSslProtocols = protocols, ApplicationProtocols = alpn ? [new("dot")] : null });
        Assert.Equal(reason, (await FailAsync(ByName, (IPEndPoint)listener.LocalEndPoint!)).Reason);
        (await accepting)?.Dispose();
    }

    [Fact]
    public async Task A_server_that_asks_who_we_are_is_shown_our_certificate()
    {
        using var listener = Listen();
        using var own = new TestCertificates("Our authority");
        var identity = own.Issue("secondary.example.net");
        string? shown = null;
        var accepting = AcceptAsync(listener, new()
        {
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [new("dot")],
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => (shown = certificate is X509Certificate2 own ? TlsIdentity.PinOf(own) : null) is not null,
        });
        var asking = FailAsync(ByName with { Identity = identity }, (IPEndPoint)listener.LocalEndPoint!);
        (await accepting)!.Dispose();
        await asking;
        Assert.Equal(identity.Pin, shown);
    }

    [Fact]
    public async Task Answers_are_padded_over_TLS_and_nowhere_else()
    {
        // RFC 8467 §4.1: to blocks of 468 octets, where the query is padded; RFC 7830 §6: not in the clear.
        var padded = await _client.QueryAsync(new Remote(_server.EndPoint, Tls: ByName), TestZone.Name, RecordType.SOA, cancellation: Cancellation);
        Assert.Equal(468, padded.Message.Length);
        await using var plain = TcpTransport.Start(new(IPAddress.Loopback, 0), new QueryProcessor(_zones, TimeProvider.System));
        var bare = await _client.QueryAsync(
            new Remote(plain.EndPoint), TestZone.Name, RecordType.SOA, new() { Transport = DnsTransport.Tcp, UdpPayloadSize = 1232 }, Cancellation);
        Assert.InRange(bare.Message.Length, 1, 300);
    }

    private async Task<Failure> FailAsync(TlsTerms terms, IPEndPoint? server = null, QueryOptions? options = null)
    {
        var remote = new Remote(server ?? _server.EndPoint, Tls: terms);
        var failure = (await Assert.ThrowsAsync<DnsFailureException>(() => _client.QuerySoaAsync(remote, TestZone.Name, options, Cancellation))).Failure;
        Assert.Equal(remote.EndPoint, failure.Server);
        Assert.NotEmpty(failure.Remedy);
        return failure;
    }

    private static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    /// <summary>One client; null where it came to no TLS.</summary>
    private async Task<SslStream?> AcceptAsync(Socket listener, SslServerAuthenticationOptions options)
    {
        options.ServerCertificateContext = _server.Identity!.Context;
        var stream = new SslStream(new NetworkStream(await listener.AcceptAsync(Cancellation), ownsSocket: true));
        try
        {
            await stream.AuthenticateAsServerAsync(options, Cancellation);
            return stream;
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            await stream.DisposeAsync();
            return null;
        }
    }
}
