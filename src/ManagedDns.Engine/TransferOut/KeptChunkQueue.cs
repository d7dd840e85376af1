using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Engine.TransferOut;

/// <summary>
/// The chunks that are kept of a zone, one after another, with a look at the next. It ends where there are no more, and where the store has them no longer
/// or they are damaged.
/// </summary>
internal sealed class KeptChunkQueue
{
    /// <summary>Read at a time, a quarter of a megabyte: no transaction is open while a slow client makes us wait.</summary>
    private const int AtOnce = 16;

    private readonly IContentStore _store;
    private readonly ChunkSet _set;
    private readonly DomainName _apex;
    private readonly Queue<KeptChunk> _waiting = [];
    private KeptChunk? _before;
    private int? _givenOfFirst;
    private int _read;
    private bool _ended;

    public KeptChunkQueue(IContentStore store, ChunkSet set, DomainName apex)
    {
        (_store, _set, _apex) = (store, set, apex);
        Advance();
    }

    /// <summary>Null behind the last one.</summary>
    public KeptChunk? Current { get; private set; }

    /// <summary>Null where <see cref="Current"/> is the last one.</summary>
    public KeptChunk? Next { get; private set; }

    /// <summary>How many records of the owner that <see cref="Current"/> begins with lie in the chunks before it.</summary>
    public int GivenOfFirst => _givenOfFirst ??= _before!.SharedWith(Current!);

    public void Advance()
    {
        var next = Next ?? Take();
        _givenOfFirst = Current is null || next is null ? 0 : next.BeginsWith(Current) ? GivenOfFirst + Current.Count : null;
        _before = Current;
        Current = next;
        Next = next is null ? null : Take();
    }

    private KeptChunk? Take()
    {
        if (_waiting.Count == 0 && !_ended)
        {
            foreach (var message in _store.Read(_set, _read, AtOnce))
            {
                _read++;
                if (KeptChunk.TryRead(message, _apex) is not { } chunk)
                {
                    _ended = true;
                    break;
                }

                _waiting.Enqueue(chunk);
            }
        }

        _ended = _ended || _waiting.Count == 0;
        return _waiting.TryDequeue(out var first) ? first : null;
    }
}
