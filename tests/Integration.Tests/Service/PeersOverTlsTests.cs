using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Integration.Tests.Peers;
using ManagedDns.Integration.Tests.Transfers;
using ManagedDns.Model;

namespace ManagedDns.Integration.Tests.Service;

/// <summary>
/// Transfers over TLS (RFC 9103) with BIND and NSD, both ways, and to kdig. Knot has them from 3.5 and PowerDNS not at all: Debian's have no TLS for transfers.
/// </summary>
public sealed class PeersOverTlsTests : IDisposable
{
    private const string OurName = "ns1.example.net";
    private const string PeerName = "hidden.example.org";

    private readonly TestCertificates _authority = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private TlsTerms Terms => new() { HostName = PeerName, Authorities = _authority.Pem };

    [Fact]
    public async Task A_zone_and_its_changes_come_from_BIND_over_TLS_with_TSIG()
    {
        await using var service = await ServiceUnderTest.StartAsync(Cancellation);
        await using var primary = await Peer.StartAsync(PeerKind.Bind, Primary(service), Cancellation);
        var zone = service.Follow(SampleZone.Name, primary.TlsEndPoint, TestKeys.Default, Terms);
        await service.ServesAsync(SampleZone.Name, 1, () => primary.Log, Cancellation);

        await primary.ChangeAsync(SampleZone.Name, SampleZone.Text(2), Cancellation);
        await service.ServesAsync(SampleZone.Name, 2, () => primary.Log, Cancellation);
        await Eventually.TrueAsync(() => service.StatusOf(zone) is { State: ZoneState.UpToDate, LastFailure: null }, () => service.Log, Cancellation);

        // It transfers over TLS alone: over TCP the same key is refused.
        var refused = await Assert.ThrowsAsync<DnsFailureException>(
            () => ServiceUnderTest.RecordsAsync(new Remote(primary.EndPoint, TestKeys.Default), SampleZone.Name, Cancellation));
        Assert.Equal(FailureReason.Refused, refused.Failure.Reason);
    }

    [Theory]
    [InlineData("another name", FailureReason.CertificateName)]
    [InlineData("another authority", FailureReason.CertificateUntrusted)]
    [InlineData("another pin", FailureReason.CertificatePin)]
    public async Task A_primary_that_does_not_prove_who_it_is_gives_nothing(string wrong, FailureReason reason)
    {
        using var other = new TestCertificates();
        var terms = wrong switch
        {
            "another name" => Terms with { HostName = OurName },
            "another authority" => Terms with { Authorities = other.Pem },
            _ => Terms with { Pins = [other.Issue(PeerName).Pin] },
        };
        await using var service = await ServiceUnderTest.StartAsync(Cancellation);
        await using var primary = await Peer.StartAsync(PeerKind.Bind, Primary(service), Cancellation);
        var zone = service.Follow(SampleZone.Name, primary.TlsEndPoint, TestKeys.Default, terms);

        await Eventually.TrueAsync(
            () => service.StatusOf(zone)?.LastFailure is { } failure && failure.Reason == reason && primary.TlsEndPoint.Equals(failure.Server),
            () => $"{reason}: {service.StatusOf(zone)}\n{service.Log}", Cancellation);

        service.Store.Primaries.Update("primary", one => one with { Tls = Terms });
        await service.ServesAsync(SampleZone.Name, 1, () => primary.Log, Cancellation);
    }

    [Fact]
    public async Task NSD_of_old_that_answers_no_ALPN_is_no_primary_over_TLS_and_the_reason_says_so()
    {
        // 4.6 ends TLS without choosing "dot", which RFC 9103 §7.1 demands.
        await using var service = await ServiceUnderTest.StartAsync(Cancellation);
        await using var primary = await Peer.StartAsync(PeerKind.Nsd, Primary(service), Cancellation);
        var zone = service.Follow(SampleZone.Name, primary.TlsEndPoint, TestKeys.Default, Terms);

        await Eventually.TrueAsync(
            () => service.StatusOf(zone) is { LastFailure.Reason: FailureReason.NoAlpn }, () => $"{service.Log}{primary.Log}", Cancellation);
    }

    [Theory]
    [InlineData(PeerKind.Bind)]
    [InlineData(PeerKind.Nsd)]
    public async Task Secondaries_follow_us_over_TLS_and_TSIG_where_nothing_else_is_permitted(PeerKind kind)
    {
        await using var service = await ServiceUnderTest.StartAsync(Cancellation);
        var (zone, tls) = await OfferAsync(service, null);
        await using var secondary = await Peer.StartAsync(kind, Secondary(tls), Cancellation);
        var key = service.Store.TsigKeys.Get(TestKeys.Default.Name).Id;
        service.Store.NotifyTargets.Add(zone.CommonSettingId, secondary.EndPoint.Address, secondary.EndPoint.Port, key);
        await ServesAsync(secondary, 1, service);

        await File.WriteAllTextAsync(zone.ZoneFile!, SampleZone.Text(2), Cancellation);
        await ServesAsync(secondary, 2, service);
        Assert.Equal(
            await ServiceUnderTest.RecordsAsync(new Remote(tls, TestKeys.Default, Tls: Terms with { HostName = OurName }), SampleZone.Name, Cancellation),
            await ServiceUnderTest.RecordsAsync(new Remote(secondary.EndPoint, TestKeys.Default), SampleZone.Name, Cancellation));
    }

    /// <summary>By BIND: NSD 4.6.1 shows no certificate.</summary>
    [Fact]
    public async Task A_secondary_is_known_by_the_key_of_its_certificate()
    {
        await using var service = await ServiceUnderTest.StartAsync(Cancellation);
        var certificate = _authority.IssuePem(PeerName, expired: false, out var key);
        var (_, tls) = await OfferAsync(service, _authority.Issue("somebody.else").Pin);
        var setup = Secondary(tls);
        setup = setup with { Tls = setup.Tls! with { Certificate = certificate, Key = key, ShowsCertificate = true } };
        await using (var refused = await Peer.StartAsync(PeerKind.Bind, setup, Cancellation))
        {
            await Eventually.TrueAsync(
                () => service.Log.Contains("certificate with pin", StringComparison.Ordinal), () => $"{service.Log}{refused.Log}", Cancellation);
        }

        // The log tells the pin to permit. A peer that was refused waits for long before it asks again.
        service.Permit(TestKeys.Default, TlsIdentity.FromPem(certificate, key).Pin);
        await service.AppliedAsync(Cancellation);
        await using var permitted = await Peer.StartAsync(PeerKind.Bind, setup, Cancellation);
        await ServesAsync(permitted, 1, service);
    }

    [Fact]
    public async Task Kdig_reads_a_zone_over_TLS_that_may_be_transferred_so_only()
    {
        await using var service = await ServiceUnderTest.StartAsync(Cancellation);
        var (_, tls) = await OfferAsync(service, null);
        var file = Path.Combine(service.Store.Folder, "authority.pem");
        await File.WriteAllTextAsync(file, _authority.Pem, Cancellation);
        string[] asks =
        [
            $"@{tls.Address}", "-p", $"{tls.Port}", $"+tls-ca={file}", $"+tls-hostname={OurName}", "+padding=128",
            "-y", $"hmac-sha256:{TestKeys.Default.Name}:{Convert.ToBase64String(TestKeys.Default.Secret.Span)}", $"{SampleZone.Name}", "AXFR",
        ];

        var read = await Daemon.DaemonUnderTest.RunAsync(InstalledPeers.RequireProgram("kdig"), asks, Cancellation);

        Assert.True(read.ExitCode == 0 && read.Output.Contains("www.sample.test.", StringComparison.Ordinal), read.Output + read.Errors);
    }

    public void Dispose() => _authority.Dispose();

    private PeerSetup Primary(ServiceUnderTest service) => new(new PeerZone(SampleZone.Name, SampleZone.Text(1)))
    {
        Key = TestKeys.Default,
        NotifyTarget = service.EndPoint,
        Tls = new(_authority.IssuePem(PeerName, expired: false, out var key), key, _authority.Pem, OurName),
    };

    private PeerSetup Secondary(IPEndPoint tls) => new(new PeerZone(SampleZone.Name, null))
    {
        Key = TestKeys.Default,
        Primary = tls,
        Tls = new(_authority.IssuePem(PeerName, expired: false, out var key), key, _authority.Pem, OurName) { FollowsOverTls = true },
    };

    /// <summary>A zone of ours that may be transferred over TLS only, with the key, and by who has the pin.</summary>
    private async Task<(ManagedZone Zone, IPEndPoint Tls)> OfferAsync(ServiceUnderTest service, string? pin)
    {
        var tls = await service.OpenTlsAsync(_authority.Issue(OurName), Cancellation);
        var file = Path.Combine(service.Store.Folder, "sample.zone");
        await File.WriteAllTextAsync(file, SampleZone.Text(1), Cancellation);
        service.PermitNobody();
        var zone = service.Store.Zones.Add(SampleZone.Name, service.Store.CommonSettings.GetDefault().Id, zoneFile: file);
        service.Permit(TestKeys.Default, pin);

        // Who connects before would not be asked for a certificate.
        await service.AppliedAsync(Cancellation);
        await service.ServesAsync(SampleZone.Name, 1, () => "", Cancellation);
        return (zone, tls);
    }

    private static Task ServesAsync(Peer secondary, uint serial, ServiceUnderTest service) => Eventually.TrueAsync(
        async c => await Asking.Exchange.SerialAsync(secondary.EndPoint, SampleZone.Name, c) == serial,
        () => $"{service.Log}\n{secondary.Log}", Cancellation);
}
