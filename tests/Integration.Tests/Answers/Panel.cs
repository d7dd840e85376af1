using ManagedDns.Integration.Tests.Peers;

namespace ManagedDns.Integration.Tests.Answers;

/// <summary>The four peers and our server side by side with the same zones.</summary>
public sealed class Panel : IAsyncDisposable
{
    private readonly List<Peer> _peers = [];

    private Panel(EngineUnderTest ours) => Ours = ours;

    public EngineUnderTest Ours { get; }

    public IReadOnlyList<Peer> Peers => _peers;

    public static async Task<Panel> StartAsync(IReadOnlyList<AnswerZone> zones, CancellationToken cancellation)
    {
        var texts = new Dictionary<AnswerZone, PeerZone>();
        foreach (var zone in zones)
        {
            texts.Add(zone, new PeerZone(zone.Origin, await zone.TextAsync(cancellation)));
        }

        var panel = new Panel(await EngineUnderTest.StartAsync(texts.Values));
        try
        {
            foreach (var kind in Enum.GetValues<PeerKind>())
            {
                panel._peers.Add(await Peer.StartAsync(kind, new PeerSetup([.. zones.Where(z => z.IsFor(kind)).Select(z => texts[z])]), cancellation));
            }

            return panel;
        }
        catch
        {
            await panel.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Ours.DisposeAsync();
        foreach (var peer in Peers)
        {
            await peer.DisposeAsync();
        }
    }
}
