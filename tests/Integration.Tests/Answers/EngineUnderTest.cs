using System.Net;
using ManagedDns.Dns.Presentation;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Transports;
using ManagedDns.Engine.Zones;
using ManagedDns.Integration.Tests.Peers;

namespace ManagedDns.Integration.Tests.Answers;

/// <summary>Our answers on real sockets, with zones from the texts that the peers read.</summary>
public sealed class EngineUnderTest : IAsyncDisposable
{
    private readonly ZoneTable _zones;
    private readonly Listener _listener;

    private EngineUnderTest(ZoneTable zones, Listener listener)
    {
        _zones = zones;
        _listener = listener;
    }

    public IPEndPoint EndPoint => _listener.EndPoint;

    public static async Task<EngineUnderTest> StartAsync(IEnumerable<PeerZone> zones, AnsweringOptions? options = null, TimeProvider? time = null)
    {
        var table = new ZoneTable();
        foreach (var zone in zones)
        {
            using var builder = new ZoneBuilder(zone.Name);
            using var reader = ZoneFileReader.FromText(zone.Text!, zone.Name);
            while (reader.Read())
            {
                builder.Add(reader.Current);
            }

            table.Publish(builder.Build());
        }

        var processor = new QueryProcessor(table, time ?? TimeProvider.System) { Options = options ?? AnsweringOptions.Default };
        return new EngineUnderTest(table, await Listener.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), processor));
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        _zones.Dispose();
    }
}
