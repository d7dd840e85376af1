using System.Collections.Immutable;
using ManagedDns.Dns;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Wire;
using ManagedDns.Model;

namespace ManagedDns.Engine.TransferOut;

/// <summary>The records of an IXFR (RFC 1995 §4): the newest SOA, the difference sequences, the newest SOA. Without sequences the SOA alone: up to date.</summary>
internal sealed class DifferencesPacker : ITransferBody
{
    private readonly byte[] _scratch = new byte[MessageReader.ScratchLength];
    private readonly ResourceRecord _soa;
    private readonly List<byte[]> _chunks;
    private bool _opened;
    private int _chunk;
    private int _recordsOfChunk;

    public DifferencesPacker(ResourceRecord soa, ImmutableArray<Difference> differences)
    {
        _soa = soa;
        _chunks = [.. differences.SelectMany(difference => difference.Chunks)];
    }

    public bool IsDone { get; private set; }

    public void Fill(TransferPacker message)
    {
        if (!_opened)
        {
            _opened = message.TryAdd(_soa.AsWire());
            IsDone = _chunks.Count == 0;
        }

        for (; _chunk < _chunks.Count; _chunk++, _recordsOfChunk = 0)
        {
            if (!FillFromChunk(message))
            {
                return;
            }
        }

        IsDone = IsDone || message.TryAdd(_soa.AsWire());
    }

    public void Dispose()
    {
    }

    private bool FillFromChunk(TransferPacker message)
    {
        var reader = new MessageReader(_chunks[_chunk], _scratch);
        for (var i = 0; reader.TryReadRecord(out var record); i++)
        {
            if (i < _recordsOfChunk)
            {
                continue;
            }

            if (!message.TryAdd(record))
            {
                return false;
            }

            _recordsOfChunk++;
        }

        return true;
    }
}
