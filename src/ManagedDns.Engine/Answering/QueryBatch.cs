using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Answering;

/// <summary>
/// Answers many UDP queries together: each step is taken for all of them before the next, and what a step will look at is fetched ahead, so that
/// the waits for memory overlap. The messages lie in this batch's memory and their answers in the same places. For one thread.
/// </summary>
internal sealed unsafe class QueryBatch : IDisposable
{
    public const int Size = 64;

    /// <summary>The octets a message may have.</summary>
    public const int MaxMessage = 4096;

    // An odd number of cache lines, so that the messages' heads do not all fall into the same few sets of the cache.
    private const int Stride = MaxMessage + 64;

    private readonly QueryProcessor _processor;
    private readonly AnswerContext _context = new();
    private readonly byte* _messages = (byte*)NativeMemory.AlignedAlloc(Size * Stride, 64);
    private readonly Query* _queries = (Query*)NativeMemory.AllocZeroed(Size, (nuint)sizeof(Query));
    private readonly Slot* _slots = (Slot*)NativeMemory.AllocZeroed(Size, (nuint)sizeof(Slot));
    private readonly int* _descending = (int*)NativeMemory.Alloc(Size, sizeof(int));

    public QueryBatch(QueryProcessor processor) => _processor = processor;

    ~QueryBatch() => Free();

    private struct Slot
    {
        public byte* Address;
        public int AddressLength;
        public int Port;
        public int Length;
    }

    public byte* Message(int index) => _messages + (index * Stride);

    /// <summary>Tells of a message that has arrived in its place.</summary>
    /// <param name="address">The client's, 4 or 16 octets; must stay until the batch is answered.</param>
    public void Set(int index, int length, byte* address, int addressLength, int port) =>
        _slots[index] = new Slot { Address = address, AddressLength = addressLength, Port = port, Length = length };

    /// <summary>The octets of the answer, which lies where the message lay; 0: none is sent.</summary>
    public int AnswerLength(int index) => _slots[index].Length;

    /// <summary>Makes shorter an answer that was too long for the way to the client.</summary>
    /// <returns>The octets that are left of it; 0: there is nothing to send.</returns>
    public int Shorten(byte* answer, int length) => TruncatedCopy.LeaveQuestion(new Span<byte>(answer, length), _context);

    public void Answer(int count)
    {
        var now = _processor.Time.GetUtcNow();
        var options = _processor.Options;
        var moment = Moment.Of(_processor.Time, now, options);
        for (var i = 0; i < count; i++)
        {
            QueryReader.Read(_queries + i, Message(i), _slots[i].Length, Transport.Udp);
        }

        var reader = _processor.Zones.Readers.Enter();
        try
        {
            var directory = _processor.Zones.Directory;
            Descend(count, directory);
            for (var i = 0; i < count; i++)
            {
                if (QueryProcessor.IsPlain(_queries + i))
                {
                    _slots[i].Length = QueryProcessor.AnswerPlain(_context, _queries + i, directory, MaxMessage, PeerOf(i), moment, options);
                }
            }
        }
        finally
        {
            _processor.Zones.Readers.Exit(reader);
        }

        // What is handed on may change zones, which waits for readers.
        for (var i = 0; i < count; i++)
        {
            if (!QueryProcessor.IsPlain(_queries + i))
            {
                _slots[i].Length = _processor.AnswerOther(_context, _queries + i, MaxMessage, PeerOf(i), now, out _);
            }
        }
    }

    public void Dispose()
    {
        Free();
        _context.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Brings all plain queries down to their leaves, level by level.</summary>
    private void Descend(int count, ZoneDirectory* directory)
    {
        var descending = 0;
        for (var i = 0; i < count; i++)
        {
            var query = _queries + i;
            if (!QueryProcessor.IsPlain(query))
            {
                continue;
            }

            QueryProcessor.Locate(query, directory);
            if (query->Name.Node != null)
            {
                _descending[descending++] = i;
            }
        }

        while (descending > 0)
        {
            var left = 0;
            for (var k = 0; k < descending; k++)
            {
                var name = &_queries[_descending[k]].Name;
                if (name->Step())
                {
                    Prefetch(name->Node);
                    _descending[left++] = _descending[k];
                }
                else
                {
                    var cell = Arena.At(name->Zone->Chunks, name->Node->Reference);
                    Prefetch(cell);
                    Prefetch(cell + 64);
                }
            }

            descending = left;
        }
    }

    private static void Prefetch(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }

    private Peer PeerOf(int index) => new(_slots[index].Address, _slots[index].AddressLength, _slots[index].Port);

    private void Free()
    {
        NativeMemory.AlignedFree(_messages);
        NativeMemory.Free(_queries);
        NativeMemory.Free(_slots);
        NativeMemory.Free(_descending);
    }
}
