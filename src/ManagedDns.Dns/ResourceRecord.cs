using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns;

/// <summary>One resource record as an object; RDATA is in uncompressed wire form. For settings, files and tools, not for serving.</summary>
public sealed record ResourceRecord(DomainName Owner, RecordType Type, RecordClass Class, uint Ttl, ReadOnlyMemory<byte> Rdata)
{
    public WireRecord AsWire() => new(Owner.Wire, Type, Class, Ttl, Rdata.Span);

    public static ResourceRecord From(in WireRecord record) =>
        new(DomainName.FromWire(record.Owner), record.Type, record.Class, record.Ttl, record.Rdata.ToArray());

    public bool Equals(ResourceRecord? other) =>
        other is not null && Owner == other.Owner && Type == other.Type && Class == other.Class && Ttl == other.Ttl && Rdata.Span.SequenceEqual(other.Rdata.Span);

    public override int GetHashCode() => HashCode.Combine(Owner, Type, Class, Ttl, Rdata.Length);
}
