using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Refresh;

/// <summary>Applies a difference sequence as a transfer in does.</summary>
internal sealed class DifferenceReplay(ZoneContents from) : IDisposable
{
    private readonly ZoneContents _from = TestCopy(from);

    public ZoneContents Apply(Difference difference)
    {
        using var sink = new VersionSink(_from.Apex, _from);
        sink.BeginDifference(difference.FromSerial);
        var scratch = new byte[MessageReader.ScratchLength];
        var soas = 0;
        foreach (var chunk in difference.Chunks)
        {
            var reader = new MessageReader(chunk, scratch);
            while (reader.TryReadRecord(out var record))
            {
                soas += record.Type == RecordType.SOA ? 1 : 0;
                if (soas == 1)
                {
                    sink.Delete(record);
                }
                else
                {
                    sink.Add(record);
                }
            }
        }

        return sink.Build().Contents;
    }

    public void Dispose() => _from.Dispose();

    private static ZoneContents TestCopy(ZoneContents zone)
    {
        using var builder = new ZoneBuilder(zone.Apex);
        using var walk = zone.Walk();
        while (walk.MoveNext())
        {
            builder.Add(walk.Current);
        }

        return builder.Build();
    }
}
