using ManagedDns.Dns;
using ManagedDns.Integration.Tests.Asking;

namespace ManagedDns.Integration.Tests.Answers;

/// <summary>What the battery's answers are when they do not fit, and what is asked in other classes.</summary>
public sealed class TruncationTests(PanelFixture fixture) : IClassFixture<PanelFixture>
{
    private static readonly ushort?[] s_sizes = [null, 512, 700, 1232];

    public static TheoryData<string, Signing> Zones => AnswerBatteryTests.Zones;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Zones))]
    public async Task Without_TC_nothing_that_must_be_there_is_missing_and_with_TC_every_RRset_is_whole(string template, Signing signing)
    {
        var zone = new AnswerZone(template, signing);
        var records = await Exchange.AxfrAsync(fixture.Panel.Peers.First(peer => zone.IsFor(peer.Kind)).EndPoint, zone.Origin, Cancellation);
        var queries = QueryPlan.For(zone.Origin, records).Where(query => query.DnssecOk || query.Type is RecordType.NS or RecordType.TXT).ToList();
        var small = s_sizes.Select(size => queries.Select(query => query with { PayloadSize = size, DnssecOk = query.DnssecOk && size is not null }).ToList()).ToList();
        foreach (var asked in small)
        {
            var replies = await Exchange.UdpAsync(fixture.Panel.Ours.EndPoint, asked, Cancellation);
            for (var i = 0; i < replies.Length; i++)
            {
                Assert.InRange(replies[i].Length, 12, asked[i].PayloadSize ?? 512);
                if (replies[i].Length > 400 || replies[i].IsTruncated)
                {
                    Judge(asked[i], replies[i], await Exchange.TcpAsync(fixture.Panel.Ours.EndPoint, asked[i], Cancellation));
                }
            }
        }
    }

    [Theory]
    [InlineData(RecordClass.CH)]
    [InlineData((RecordClass)4)]
    [InlineData(RecordClass.NONE)]
    [InlineData((RecordClass)77)]
    public async Task In_another_class_than_IN_we_answer_as_a_peer_does(RecordClass other)
    {
        var zone = AnswerZone.All[0];
        var query = new Query(zone.Origin, RecordType.SOA) { Class = other };
        var ours = await Exchange.UdpAsync(fixture.Panel.Ours.EndPoint, query, Cancellation);
        var theirs = new List<ResponseCode>();
        foreach (var peer in fixture.Panel.Peers)
        {
            if (await Exchange.UdpAsync(peer.EndPoint, query, Cancellation) is { } reply)
            {
                theirs.Add(reply.ResponseCode);
            }
        }

        Assert.Contains(ours!.ResponseCode, theirs);
        Assert.Empty(ours.Answer);
    }

    private static void Judge(Query query, Reply reply, Reply whole)
    {
        var what = $"{query} in {query.PayloadSize}: {reply.Length} octets, {(reply.IsTruncated ? "TC" : "whole")}; whole: {whole.Length}";
        Assert.Equal(whole.ResponseCode, reply.ResponseCode);
        foreach (var (some, all) in new[] { (reply.Answer, whole.Answer), (reply.Authority, whole.Authority), (reply.Additional, whole.Additional) })
        {
            foreach (var set in some.GroupBy(SetOf))
            {
                Assert.True(set.Order(ByText).SequenceEqual(all.Where(record => SetOf(record) == set.Key).Order(ByText)), what);
            }
        }

        if (!reply.IsTruncated)
        {
            Assert.True(reply.Answer.Count == whole.Answer.Count && reply.Authority.Count == whole.Authority.Count, what);
            Assert.True(HasItsGlue(reply, whole), what);
        }
    }

    private static Comparer<ReplyRecord> ByText { get; } = Comparer<ReplyRecord>.Create((left, right) => string.CompareOrdinal(left.ToString(), right.ToString()));

    /// <summary>RFC 9471: the addresses below the cut are there, or TC is.</summary>
    private static bool HasItsGlue(Reply reply, Reply whole)
    {
        var cut = whole.Authority.FirstOrDefault(record => record.Type == RecordType.NS)?.Owner;
        return whole.IsAuthoritative || cut is null
            || whole.Additional.Where(record => record.Type != RecordType.RRSIG && record.Owner.IsSubdomainOf(cut)).All(reply.Additional.Contains);
    }

    /// <summary>What stands or falls together: an RRset; signatures by what they cover.</summary>
    private static (DomainName Owner, RecordType Type, string Covered) SetOf(ReplyRecord record) =>
        (record.Owner, record.Type, record.Type == RecordType.RRSIG ? record.RdataHex[..4] : "");
}
