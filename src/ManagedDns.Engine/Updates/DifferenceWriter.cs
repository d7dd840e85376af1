using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Updates;

/// <summary>Packs the records of a difference sequence, in their order, into the chunks of a <see cref="Model.Difference"/>.</summary>
internal sealed class DifferenceWriter
{
    private readonly TransferPacker _packer = new();
    private readonly List<byte[]> _chunks = [];
    private long _flushed;

    public DifferenceWriter() => Begin();

    public long Records { get; private set; }

    /// <summary>Octets of the sequence so far.</summary>
    public long Bytes => _flushed + (_packer.Count > 0 ? _packer.Message.Length : 0);

    public void Add(in WireRecord record)
    {
        Records++;
        if (!_packer.TryAdd(record))
        {
            Flush();
            _packer.TryAdd(record);
        }
    }

    /// <summary>The chunks so far; the writer is ready for the next sequence.</summary>
    public IReadOnlyList<byte[]> Take()
    {
        Flush();
        (Records, _flushed) = (0, 0);
        List<byte[]> chunks = [.. _chunks];
        _chunks.Clear();
        return chunks;
    }

    private void Flush()
    {
        if (_packer.Count > 0)
        {
            _chunks.Add(_packer.Message.ToArray());
            _flushed += _packer.Message.Length;
        }

        Begin();
    }

    private void Begin() => _packer.Begin(0, MessageHeader.ResponseFlag | MessageHeader.AuthoritativeFlag);
}
