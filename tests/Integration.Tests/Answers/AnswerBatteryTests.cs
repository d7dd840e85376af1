using ManagedDns.Integration.Tests.Asking;
using ManagedDns.Integration.Tests.Peers;

namespace ManagedDns.Integration.Tests.Answers;

/// <summary>Thousands of queries put to BIND, NSD, Knot, PowerDNS and us, who all have the same zones.</summary>
public sealed class AnswerBatteryTests(PanelFixture fixture) : IClassFixture<PanelFixture>
{
    public static TheoryData<string, Signing> Zones => new(AnswerZone.All.Select(z => (z.Template, z.Signing)));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Zones))]
    public Task Our_answers_are_those_on_which_the_peers_agree(string template, Signing signing) => CompareAsync(fixture.Panel, new AnswerZone(template, signing));

    [Theory]
    [InlineData(Signing.Plain)]
    [InlineData(Signing.Nsec)]
    [InlineData(Signing.Nsec3)]
    [InlineData(Signing.OptOut)]
    public async Task A_root_zone_is_answered_as_the_peers_do(Signing signing)
    {
        var root = new AnswerZone("root", signing);
        await using var panel = await Panel.StartAsync([root], Cancellation);
        await CompareAsync(panel, root);
    }

    private static async Task CompareAsync(Panel panel, AnswerZone zone)
    {
        var peers = panel.Peers.Where(p => zone.IsFor(p.Kind)).ToList();
        var queries = QueryPlan.For(zone.Origin, await Exchange.AxfrAsync(peers[0].EndPoint, zone.Origin, Cancellation));
        var ours = await Exchange.WholeAsync(panel.Ours.EndPoint, queries, Cancellation);
        var theirs = new Dictionary<PeerKind, Reply[]>();
        foreach (var peer in peers)
        {
            theirs.Add(peer.Kind, await Exchange.WholeAsync(peer.EndPoint, queries, Cancellation));
        }

        var differing = queries
            .Select((query, i) => new Comparison(query, Verdict.Of(ours[i]), theirs.ToDictionary(t => t.Key, t => Verdict.Of(t.Value[i]))))
            .Where(c => !c.Agrees)
            .ToList();
        Assert.True(differing.Count == 0, $"{differing.Count} of {queries.Count} answers differ, the first ones:\n{string.Join('\n', differing.Take(5))}");
    }
}
