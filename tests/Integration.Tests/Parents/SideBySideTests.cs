using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;
using ManagedDns.Integration.Tests.Answers;
using ManagedDns.Integration.Tests.Peers;
using ManagedDns.Integration.Tests.Service;
using ManagedDns.Model;
using ManagedDns.TestKit.Signing;

namespace ManagedDns.Integration.Tests.Parents;

/// <summary>
/// Knot and this server, each a signing secondary of the same hidden primary, BIND. What both make of one zone, with all situations in it, is the
/// same but for keys, signatures and serials; others accept either.
/// </summary>
public sealed class SideBySideTests
{
    private static readonly AnswerZone s_source = new("everything", Answers.Signing.Plain);

    private static readonly DnsClient s_client = new(TimeProvider.System);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DenialKind.Nsec, false)]
    [InlineData(DenialKind.Nsec3, false)]
    [InlineData(DenialKind.Nsec3, true)]
    public async Task Knot_and_this_server_make_the_same_of_one_hidden_primary_s_zone_before_and_after_a_change(DenialKind denial, bool optOut)
    {
        InstalledPeers.Require(PeerKind.Bind);
        InstalledPeers.Require(PeerKind.Knot);
        // Before the first CDS are published, caches must have let go of the zone without signatures. Knot's verifier wants glue.
        var text = (await s_source.TextAsync(Cancellation)).Replace("$TTL 300", "$TTL 1", StringComparison.Ordinal)
            .Replace("NS      ns.noglue", "NS      ns.sub", StringComparison.Ordinal);
        var knotAt = LoopbackPort.Free();
        await using var primary = await Peer.StartAsync(
            PeerKind.Bind, new(new PeerZone(s_source.Origin, text)) { NotifyTarget = knotAt }, Cancellation);
        await using var knot = await Peer.StartAsync(
            PeerKind.Knot, new(new PeerZone(s_source.Origin, null)) { ListenOn = knotAt, Pasted = KnotSigns(primary.EndPoint, denial, optOut) },
            Cancellation);
        await using var ours = await ServiceUnderTest.StartAsync(Cancellation);
        ours.Store.SigningPolicies.Update(SigningPolicy.DefaultName, policy => policy with
        {
            Denial = denial,
            OptOut = optOut,
            KeyTtl = TimeSpan.FromSeconds(1),
            PropagationDelay = TimeSpan.Zero,
        });
        ours.Follow(s_source.Origin, primary.EndPoint);
        var zone = ours.Store.Zones.Update(s_source.Origin, old => old with { HiddenPrimary = true });
        ours.Store.ZoneSignings.Put(zone, ours.Store.SigningPolicies.Get(SigningPolicy.DefaultName).Id, []);

        await CompareAsync(knot, ours.EndPoint, _ => true, () => $"{ours.Log}\n{knot.Log}");

        var changed = text.Replace("hostmaster 1 ", "hostmaster 2 ", StringComparison.Ordinal)
            .Replace("secure          NS", "insecure NS", StringComparison.Ordinal)
            .Replace("www.occluded ", "no.longer.occluded-by-a-cut ", StringComparison.Ordinal) + "new.a.b.ent A 192.0.2.99\n";
        await primary.ChangeAsync(s_source.Origin, changed, Cancellation);
        await Eventually.TrueAsync(
            async c => (await s_client.QuerySoaAsync(new(primary.EndPoint), s_source.Origin, cancellation: c)).Serial == 2, () => primary.Log, Cancellation);
        ours.Store.Requests.Add(RequestKind.TransferZone, zone.Id);
        await CompareAsync(knot, ours.EndPoint, line => line.Contains("192.0.2.99", StringComparison.Ordinal), () => $"{ours.Log}\n{knot.Log}");
    }

    /// <summary>Waits until both have a version that is meant, with the CDS that ask for the DS, and compares them.</summary>
    private static async Task CompareAsync(Peer knot, IPEndPoint ours, Func<string, bool> meant, Func<string> otherwise)
    {
        List<ServedZone> both = [];
        await Eventually.TrueAsync(
            async c =>
            {
                both = [.. await Task.WhenAll(new[] { knot.EndPoint, ours }.Select(server => TransferAsync(server, c)))];
                return both.TrueForAll(zone => zone.Records.Any(record => record.Type == RecordType.CDS) && zone.ToString().Split('\n').Any(meant));
            },
            otherwise, Cancellation);

        AssertSame(Content(both[0]), Content(both[1]));
        AssertSame(Signed(both[0]), Signed(both[1]));
        foreach (var zone in both)
        {
            var key = Assert.Single(zone.Keys);
            Assert.Equal(key.Ds(zone.Apex, DsDigestType.Sha256), Only(zone, RecordType.CDS));
            Assert.Equal(key.Rdata.ToArray(), Only(zone, RecordType.CDNSKEY));
            Verifiers.Accept(zone);
        }

        await new Witness(new(ours), s_source.Origin).SeeAsync(Cancellation);
    }

    private static async Task<ServedZone> TransferAsync(IPEndPoint server, CancellationToken cancellation)
    {
        try
        {
            return await ServedZone.TransferAsync(new(server), s_source.Origin, cancellation);
        }
        catch (DnsFailureException)
        {
            return new(s_source.Origin, []);
        }
    }

    private static byte[] Only(ServedZone zone, RecordType type) => Assert.Single(zone.Records, record => record.Type == type).Rdata.ToArray();

    private static void AssertSame(HashSet<string> knots, HashSet<string> ours) =>
        Assert.Equal(("", ""), (string.Join('\n', knots.Except(ours).Order()), string.Join('\n', ours.Except(knots).Order())));

    /// <summary>All but what has to differ: keys, what is made of them, and the serial.</summary>
    private static HashSet<string> Content(ServedZone zone)
    {
        RecordType[] others = [RecordType.RRSIG, RecordType.DNSKEY, RecordType.CDS, RecordType.CDNSKEY, RecordType.SOA];
        return [.. zone.Records.Where(record => !others.Contains(record.Type)).Select(Text)];
    }

    private static string Text(ResourceRecord record) =>
        RecordText.Format((record with { Ttl = TtlOf(record.Type, record.Ttl) }).AsWire()).ToLowerInvariant();

    /// <summary>Knot gives CDS and CDNSKEY no TTL, and NSEC3PARAM that of the keys; here it is the other way round.</summary>
    private static uint TtlOf(RecordType type, uint ttl) => type is RecordType.CDS or RecordType.CDNSKEY or RecordType.NSEC3PARAM ? 0 : ttl;

    /// <summary>What is signed, and how, in words that do not depend on the key or the time.</summary>
    private static HashSet<string> Signed(ServedZone zone) =>
        [.. zone.Records.Where(record => record.Type == RecordType.RRSIG).Select(Describe)];

    private static string Describe(ResourceRecord record) => Rrsig.TryRead(record.Rdata.Span, out var signature)
        ? $"{record.Owner} {signature.Covered} {signature.Algorithm} {signature.Labels} {TtlOf(signature.Covered, signature.OriginalTtl)} "
            .ToLowerInvariant() + $"{TtlOf(signature.Covered, record.Ttl)}"
        : throw new InvalidOperationException($"The signature at {record.Owner} cannot be read.");

    private static string KnotSigns(IPEndPoint primary, DenialKind denial, bool optOut) => $"""
        remote:
          - id: primary
            address: {primary.Address}@{primary.Port}
        acl:
          - id: transfer
            address: 127.0.0.0/8
            action: [ transfer, notify ]
        policy:
          - id: ours
            algorithm: ecdsap256sha256
            single-type-signing: on
            dnskey-ttl: 1
            propagation-delay: 0
            zone-max-ttl: 1
            rrsig-refresh: 5d
            cds-cdnskey-publish: always
            nsec3: {(denial == DenialKind.Nsec3 ? "on" : "off")}
            nsec3-opt-out: {(optOut ? "on" : "off")}
            nsec3-salt-length: 0
        zone:
          - domain: "{s_source.Origin}"
            file: signed.zone
            master: primary
            dnssec-signing: on
            dnssec-policy: ours
            acl: transfer
        """;
}
