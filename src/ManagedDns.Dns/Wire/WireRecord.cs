namespace ManagedDns.Dns.Wire;

/// <summary>
/// One resource record as spans: owner and RDATA uncompressed (names in RDATA too). The spans live as long as the buffers they were read from:
/// until the next record is read.
/// </summary>
public readonly ref struct WireRecord
{
    public WireRecord(ReadOnlySpan<byte> owner, RecordType type, RecordClass @class, uint ttl, ReadOnlySpan<byte> rdata)
    {
        Owner = owner;
        Type = type;
        Class = @class;
        Ttl = ttl;
        Rdata = rdata;
    }

    public ReadOnlySpan<byte> Owner { get; }

    public RecordType Type { get; }

    public RecordClass Class { get; }

    public uint Ttl { get; }

    public ReadOnlySpan<byte> Rdata { get; }
}
