using System.Net;
using ManagedDns.Dns;
using ManagedDns.Integration.Tests.Asking;
using ManagedDns.Integration.Tests.Peers;

namespace ManagedDns.Integration.Tests.Answers;

/// <summary>Every opcode and header bit, and type ANY, put to BIND, NSD, Knot, PowerDNS and us (RFC 8906, RFC 8482).</summary>
public sealed class ProtocolBatteryTests(PanelFixture fixture) : IClassFixture<PanelFixture>
{
    private static readonly AnswerZone s_zone = AnswerZone.All.First(zone => zone is { Template: "everything", Signing: Signing.Plain });

    /// <summary>
    /// Verdicts where the peers are divided. NOTIFY from somebody who is nobody's primary: BIND takes it, NSD and PowerDNS refuse it, Knot says NOTAUTH; we
    /// refuse it and repeat the question. UPDATE: NSD says NOTIMP without the question, BIND and PowerDNS refuse, Knot says NOTAUTH; we do not know it.
    /// </summary>
    private static readonly string[] s_recorded = ["Refused opcode 4 qr 1/0/0/", "NotImp opcode 5 qr 1/0/0/", "NotImp opcode 5 qr 0/0/0/"];

    private static readonly ushort[] s_bits = [0x0400, 0x0200, 0x0100, 0x0080, 0x0040, 0x0020, 0x0010, 0x000F, 0x07FF];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Header_bits_and_opcodes_meet_the_reaction_of_a_peer_or_a_recorded_one()
    {
        var www = s_zone.Origin.Prepend("www"u8);
        var probes = new List<ProtocolProbe>();
        foreach (var withOpt in new[] { false, true })
        {
            probes.AddRange(s_bits.Select(bits => new ProtocolProbe(bits, www, RecordType.A, withOpt)));
            for (var opcode = 1; opcode < 16; opcode++)
            {
                var flags = (ushort)(opcode << ProtocolProbe.OpcodeShift);
                probes.Add(new ProtocolProbe(flags, s_zone.Origin, RecordType.SOA, withOpt));
                probes.Add(new ProtocolProbe(flags, null, 0, withOpt));
            }
        }

        var wrong = (await Task.WhenAll(probes.Select(JudgeAsync))).Where(text => text.Length > 0).ToList();
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {probes.Count} reactions are no peer's:\n{string.Join('\n', wrong)}");
    }

    [Theory]
    [InlineData(Signing.Plain)]
    [InlineData(Signing.Nsec)]
    public async Task Type_ANY_gets_all_over_TCP_as_from_the_peers_and_one_whole_RRset_of_it_over_UDP(Signing signing)
    {
        var zone = new AnswerZone("everything", signing);
        var peers = fixture.Panel.Peers;
        var records = await Exchange.AxfrAsync(peers[0].EndPoint, zone.Origin, Cancellation);
        var names = QueryPlan.For(zone.Origin, records).Select(query => query.Name).Distinct();
        var wrong = new List<string>();
        foreach (var query in names.Select(name => new Query(name, RecordType.ANY) { DnssecOk = signing != Signing.Plain }))
        {
            var ours = await Exchange.TcpAsync(fixture.Panel.Ours.EndPoint, query, Cancellation);
            var theirs = new Dictionary<PeerKind, Verdict>();
            foreach (var peer in peers)
            {
                theirs.Add(peer.Kind, Verdict.Of(await Exchange.TcpAsync(peer.EndPoint, query, Cancellation)));
            }

            // The peers are divided: BIND gives the NSEC beside a CNAME as we do, the others leave it out; PowerDNS does not follow a DNAME.
            var isAPeers = theirs.Values.Any(verdict => verdict.Answer == Verdict.Of(ours).Answer);
            var minimal = (await Exchange.UdpAsync(fixture.Panel.Ours.EndPoint, query, Cancellation))!;
            var types = minimal.Answer.Where(record => record.Owner == query.Name && record.Type != RecordType.RRSIG).Select(record => record.Type).Distinct().Count();
            if (!isAPeers || minimal.ResponseCode != ours.ResponseCode || (!minimal.IsTruncated && (ours.Answer.Count > 0) != (minimal.Answer.Count > 0))
                || (!minimal.IsTruncated && types > 1) || minimal.Answer.Except(ours.Answer).Any())
            {
                wrong.Add($"{new Comparison(query, Verdict.Of(ours), theirs)}over UDP: {Verdict.Of(minimal)}");
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} answers differ, the first ones:\n{string.Join('\n', wrong.Take(5))}");
    }

    /// <summary>Why a reaction is no peer's; empty where it is, or is the one recorded.</summary>
    private async Task<string> JudgeAsync(ProtocolProbe probe)
    {
        var ours = await DescribeAsync(fixture.Panel.Ours.EndPoint, probe);
        var theirs = await Task.WhenAll(fixture.Panel.Peers.Select(peer => DescribeAsync(peer.EndPoint, probe)));
        return theirs.Contains(ours) || s_recorded.Any(one => ours.StartsWith(one, StringComparison.Ordinal))
            ? ""
            : $"{probe}\n  ours: {ours}\n  {string.Join("\n  ", fixture.Panel.Peers.Zip(theirs, (peer, text) => $"{peer.Kind}: {text}"))}";
    }

    private static async Task<string> DescribeAsync(IPEndPoint server, ProtocolProbe probe) =>
        ProtocolProbe.Describe(await Exchange.UdpAsync(server, probe.ToMessage(), Cancellation));
}
