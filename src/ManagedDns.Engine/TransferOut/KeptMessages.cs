using ManagedDns.Dns;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.TransferOut;

/// <summary>
/// Fills messages with all records of a zone as the content store keeps them, which is as they are sent: a fifth of the cost of packing them anew. Where the
/// store has them no more, a newer version having taken their place, the rest comes from memory: it lies there in the same order.
/// </summary>
internal sealed class KeptMessages(ZoneContents zone, ChunkSet chunks, IContentStore store) : ITransferBody
{
    /// <summary>Chunks read at a time, a quarter of a megabyte: no transaction is open while a slow client makes us wait.</summary>
    private const int AtOnce = 16;

    private readonly Queue<ReadOnlyMemory<byte>> _waiting = [];
    private readonly ResourceRecord _soa = zone.Find(zone.Apex, RecordType.SOA)[0];
    private byte[]? _scratch;
    private int _read;
    private int _givenOfFirst;
    private long _given;
    private ZonePacker? _rest;
    private bool _closed;

    public bool IsDone => _rest?.IsDone ?? _closed;

    public void Fill(TransferPacker message)
    {
        if (_rest is null && _given < zone.RecordCount)
        {
            if (!HasChunk())
            {
                _rest = new ZonePacker(zone, closingSoa: true, _given);
            }
            else if (!TakeChunk(message))
            {
                return;
            }
        }

        if (_rest is not null)
        {
            _rest.Fill(message);
        }
        else if (_given == zone.RecordCount)
        {
            _closed = message.TryAdd(_soa.AsWire());
        }
    }

    public void Dispose() => _rest?.Dispose();

    private bool HasChunk()
    {
        if (_waiting.Count == 0)
        {
            foreach (var chunk in store.Read(chunks, _read, AtOnce))
            {
                _waiting.Enqueue(chunk);
                _read++;
            }
        }

        return _waiting.Count > 0;
    }

    /// <summary>Whole, or record by record behind the question of a first message. False: some of it waits for the next message.</summary>
    private bool TakeChunk(TransferPacker message)
    {
        var chunk = _waiting.Peek().Span;
        if (_givenOfFirst == 0 && message.TryTake(chunk))
        {
            _given += message.Count;
            _waiting.Dequeue();
            return true;
        }

        var reader = new MessageReader(chunk, _scratch ??= new byte[MessageReader.ScratchLength]);
        for (var i = 0; reader.TryReadRecord(out var record); i++)
        {
            if (i < _givenOfFirst)
            {
                continue;
            }

            if (!message.TryAdd(record))
            {
                return false;
            }

            _givenOfFirst++;
            _given++;
        }

        _givenOfFirst = 0;
        _waiting.Dequeue();
        return true;
    }
}
