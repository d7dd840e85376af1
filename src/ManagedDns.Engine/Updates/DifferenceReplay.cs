using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Updates;

/// <summary>Makes a later version out of an earlier one and the difference sequences between them, as they were kept.</summary>
internal static class DifferenceReplay
{
    /// <exception cref="InvalidDataException">A sequence is damaged or was made for another version.</exception>
    /// <exception cref="DnsFailureException">What comes out is no zone.</exception>
    public static ZoneContents Apply(ZoneContents from, IEnumerable<Difference> differences)
    {
        using var update = new ZoneUpdate(from);
        var scratch = new byte[MessageReader.ScratchLength];
        foreach (var difference in differences)
        {
            Apply(update, difference, scratch);
        }

        return update.Build();
    }

    private static void Apply(ZoneUpdate update, Difference difference, Span<byte> scratch)
    {
        var soas = 0;
        foreach (var chunk in difference.Chunks)
        {
            var reader = new MessageReader(chunk, scratch);
            while (reader.TryReadRecord(out var record))
            {
                soas += record.Type == RecordType.SOA ? 1 : 0;
                if (!(soas == 1 ? update.Delete(record) : update.Add(record)))
                {
                    throw new InvalidDataException($"The differences from serial {difference.FromSerial} do not fit: {ResourceRecord.From(record).Owner} {record.Type}.");
                }
            }

            if (reader.Error != MessageError.None)
            {
                throw new InvalidDataException($"The differences from serial {difference.FromSerial} cannot be read: {reader.Error}.");
            }
        }
    }
}
