using ManagedDns.Dns;
using ManagedDns.Dns.Transfer;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.TransferOut;

/// <summary>
/// Fills messages with all records of a version, in the order in which they lie in memory. A message that the content store has of it, or of an earlier
/// version and with no owner in it that has changed since, is sent as it lies there: a fifth of the cost of packing it anew. The others come from memory:
/// the first one, those with a change in or between their owners, and all that the store no longer has, a newer version having taken their place.
/// </summary>
/// <remarks>
/// A chunk is replaced by what memory has from the owner that it begins with to the one that the next begins with. Where one ended within the records of
/// an owner, those are counted: an owner that has not changed has the same records in the same order in both.
/// </remarks>
internal sealed class KeptMessages : ITransferBody
{
    private readonly ZoneContents _zone;
    private readonly ZoneWalk _walk;
    private readonly KeptChunkQueue _chunks;
    private readonly ChangedPlaces _changed;
    private readonly ResourceRecord _soa;
    private long _given;
    private bool _isFirst = true;
    private bool _isWalking;
    private bool _closed;

    // Where the walk ends: before the chunk that is to follow, so many records behind its owner's first; null: with the zone.
    private KeptChunk? _end;
    private int _leftOfEnd;
    private bool _hasMetEnd;

    public KeptMessages(ZoneContents zone, KeptChunks kept, IContentStore store)
    {
        _zone = zone;
        _walk = zone.Walk();
        _chunks = new(store, kept.Set, zone.Apex);
        _changed = new(kept.OnTop, zone.Apex);
        _soa = zone.Find(zone.Apex, RecordType.SOA)[0];
        _walk.MoveNext();
    }

    public bool IsDone => _closed;

    /// <exception cref="InvalidDataException">What is kept and what lies in memory are not one zone: the client must not take it for one.</exception>
    public void Fill(TransferPacker message)
    {
        if (!_isWalking && _given < _zone.RecordCount && !TryTakeChunk(message))
        {
            BeginWalk();
        }

        if (_isWalking)
        {
            Walk(message);
        }

        if (!_isWalking && _given >= _zone.RecordCount)
        {
            Close(message);
        }
    }

    public void Dispose() => _walk.Dispose();

    /// <summary>False: what comes next has to come from memory.</summary>
    private bool TryTakeChunk(TransferPacker message)
    {
        if (_isFirst || _chunks.Current is not { } chunk || !IsAsItWas(chunk) || !message.TryTake(chunk.Message.Span))
        {
            return false;
        }

        _given += chunk.Count;
        _chunks.Advance();
        return true;
    }

    /// <summary>Of the last one that the store gave it is known only now whether it is the last of the zone.</summary>
    private bool IsAsItWas(KeptChunk chunk) =>
        !_changed.AnyFrom(chunk.First, _chunks.Next?.First) && (_chunks.Next is not null || _given + chunk.Count == _zone.RecordCount);

    private void BeginWalk()
    {
        var (start, skipped) = (_chunks.Current, _chunks.GivenOfFirst);
        if (!_isFirst)
        {
            MoveTo(start, skipped);
        }

        _end = FindEnd();
        _hasMetEnd = _end is not null && start!.BeginsWith(_end);
        _leftOfEnd = _end is null ? 0 : _chunks.GivenOfFirst - (_hasMetEnd ? skipped : 0);
        (_isFirst, _isWalking) = (false, true);
    }

    private void MoveTo(KeptChunk? start, int skipped)
    {
        var found = start is not null && _walk.MoveTo(start.First);
        for (; skipped > 0 && found; skipped--)
        {
            found = _walk.MoveNext();
        }

        if (!found)
        {
            throw Differs();
        }
    }

    /// <summary>The next chunk that can be sent as it lies; null where there is none.</summary>
    private KeptChunk? FindEnd()
    {
        do
        {
            _chunks.Advance();
        }
        while (_chunks.Current is { } chunk && (_chunks.Next is not { } next || _changed.AnyFrom(chunk.First, next.First)));
        return _chunks.Current;
    }

    private void Walk(TransferPacker message)
    {
        var more = true;
        while (more && !IsAtEnd())
        {
            if (!message.TryAdd(_walk.Current))
            {
                return;
            }

            _given++;
            _leftOfEnd -= _hasMetEnd ? 1 : 0;
            more = _walk.MoveNext();
        }

        _isWalking = false;
        if (!more && _given != _zone.RecordCount)
        {
            throw Differs();
        }
    }

    private bool IsAtEnd()
    {
        _hasMetEnd = _hasMetEnd || (_walk.IsNewOwner && _end?.BeginsWith(_walk.CurrentOwner, _walk.IsAtNsec3) == true);
        return _hasMetEnd && _leftOfEnd == 0;
    }

    private void Close(TransferPacker message)
    {
        if (_given != _zone.RecordCount)
        {
            throw Differs();
        }

        _closed = message.TryAdd(_soa.AsWire());
    }

    private InvalidDataException Differs() => new(
        $"What is kept of the zone '{_zone.Apex.ToDisplayString()}' does not lead to serial {_zone.Serial}, after {_given} of {_zone.RecordCount} records.");
}
