using ManagedDns.Dns;
using ManagedDns.Integration.Tests.Asking;
using ManagedDns.Integration.Tests.Peers;

namespace ManagedDns.Integration.Tests.Answers;

/// <summary>
/// Referrals and other answers in no more octets than from the peer that needs the fewest. Not so the targets of aliases, which we write out for the owners behind them
/// to point to, and an SOA.
/// </summary>
public sealed class AnswerLengthTests(PanelFixture fixture) : IClassFixture<PanelFixture>
{
    public static TheoryData<string, Signing> Zones => AnswerBatteryTests.Zones;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Zones))]
    public async Task Our_referral_is_no_longer_than_the_shortest_that_says_the_same(string template, Signing signing)
    {
        var zone = new AnswerZone(template, signing);
        var peers = fixture.Panel.Peers.Where(p => zone.IsFor(p.Kind)).ToList();
        var queries = QueryPlan.For(zone.Origin, await Exchange.AxfrAsync(peers[0].EndPoint, zone.Origin, Cancellation));
        var ours = await Exchange.WholeAsync(fixture.Panel.Ours.EndPoint, queries, Cancellation);
        var shortest = new (int Length, PeerKind Kind)[queries.Count];
        foreach (var peer in peers)
        {
            var theirs = await Exchange.WholeAsync(peer.EndPoint, queries, Cancellation);
            for (var i = 0; i < queries.Count; i++)
            {
                if (Verdict.Of(theirs[i]) == Verdict.Of(ours[i]) && (shortest[i].Length == 0 || theirs[i].Length < shortest[i].Length))
                {
                    shortest[i] = (theirs[i].Length, peer.Kind);
                }
            }
        }

        RecordType[] writtenOut = [RecordType.CNAME, RecordType.DNAME, RecordType.SOA];
        var longer = queries.Select((query, i) => (query, Ours: ours[i], Shortest: shortest[i])).Where(q => q.Shortest.Length > 0 && q.Ours.Length > q.Shortest.Length)
            .Where(q => !q.Ours.Answer.Concat(q.Ours.Authority).Any(record => writtenOut.Contains(record.Type)))
            .Select(q => $"{q.query}: {q.Ours.Length} octets, {q.Shortest.Kind} {q.Shortest.Length} {Verdict.Of(q.Ours)}").ToList();
        Assert.True(longer.Count == 0, $"{longer.Count} of {queries.Count} answers are longer, the first ones:\n{string.Join('\n', longer.Take(5))}");
    }
}
