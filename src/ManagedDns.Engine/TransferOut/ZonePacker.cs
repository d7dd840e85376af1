using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.TransferOut;

/// <summary>
/// Packs a zone into messages as an AXFR sends them: the SOA first, all records with compressed names, as many in a message as fit.
/// What is kept on disk and what goes to further secondaries is packed alike. For one thread.
/// </summary>
internal sealed class ZonePacker : IDisposable
{
    /// <summary>The most octets of a message. Names beyond 16 KiB cannot be pointed to, so longer ones compress worse.</summary>
    public const int MessageSize = NameCompressor.Reach;

    /// <summary>A buffer for one message: a record that alone exceeds the usual size, and a signature, fit too.</summary>
    public const int BufferSize = ushort.MaxValue;

    private readonly ZoneWalk _walk;
    private readonly NameCompressor _names = new();
    private readonly ResourceRecord? _closing;
    private bool _more;
    private bool _closed;

    /// <param name="closingSoa">Whether the SOA is repeated at the end, as on the wire but not on disk.</param>
    public ZonePacker(ZoneContents zone, bool closingSoa)
    {
        _walk = zone.Walk();
        _more = _walk.MoveNext();
        _closing = closingSoa ? ResourceRecord.From(_walk.Current) : null;
        _closed = !closingSoa;
    }

    /// <summary>Whether all has been written.</summary>
    public bool IsDone => !_more && _closed;

    /// <summary>Writes the next message and returns its length.</summary>
    /// <param name="reserve">Octets to leave free for a signature.</param>
    public int Next(Span<byte> buffer, ushort id, ushort flags, WireQuestion question, int reserve)
    {
        var writer = new MessageWriter(buffer, id, flags, _names) { Limit = MessageSize - reserve };
        if (question.Type != RecordType.None)
        {
            writer.TryWriteQuestion(question.Name, question.Type, question.Class);
        }

        var empty = writer.Length;
        while (_more && TryWrite(ref writer, _walk.Current, empty, reserve))
        {
            _more = _walk.MoveNext();
        }

        if (!_more && !_closed)
        {
            _closed = TryWrite(ref writer, _closing!.AsWire(), empty, reserve);
        }

        return writer.Length;
    }

    public void Dispose() => _walk.Dispose();

    private static bool TryWrite(ref MessageWriter writer, in WireRecord record, int empty, int reserve)
    {
        if (writer.TryWriteRecord(MessageSection.Answer, record))
        {
            return true;
        }

        if (writer.Length > empty)
        {
            return false;
        }

        // A record larger than a usual message has one of its own.
        writer.Limit = BufferSize - reserve;
        return writer.TryWriteRecord(MessageSection.Answer, record)
            ? true
            : throw new InvalidDataException($"A record of {DomainName.FromWire(record.Owner)} of type {record.Type} does not fit a DNS message.");
    }
}
