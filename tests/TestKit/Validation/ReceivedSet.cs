using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Wire;

namespace ManagedDns.TestKit.Validation;

/// <summary>An RRset of a response with the signatures that came with it.</summary>
public sealed class ReceivedSet(MessageSection section, DomainName owner, RecordType type, uint ttl)
{
    public MessageSection Section { get; } = section;

    public DomainName Owner { get; } = owner;

    public RecordType Type { get; } = type;

    public uint Ttl { get; } = ttl;

    /// <summary>Uncompressed.</summary>
    public List<byte[]> Rdata { get; } = [];

    public List<byte[]> Signatures { get; } = [];

    /// <summary>The labels of the owner that was signed: fewer than the owner has where it comes from a wildcard.</summary>
    public int SignedLabels => Signatures.Min(rdata => rdata[3]);

    public bool IsExpanded => Signatures.Count > 0 && SignedLabels < Rrsig.CountLabels(Owner.Wire);

    /// <summary>The zone whose keys have signed the set; null where it is not signed.</summary>
    public DomainName? Signer => Signatures.Count == 0 ? null : DomainName.FromWire(Signatures[0].AsSpan(Rrsig.FixedLength));

    /// <summary>All sets of a response, those of the additional section included.</summary>
    /// <exception cref="FormatException">A record comes twice, or a signature covers nothing.</exception>
    public static List<ReceivedSet> ReadAll(ReadOnlySpan<byte> message)
    {
        var sets = new List<ReceivedSet>();
        var signatures = new List<(MessageSection Section, ResourceRecord Record)>();
        var reader = new MessageReader(message, new byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var wire))
        {
            var record = ResourceRecord.From(wire);
            if (record.Type == RecordType.RRSIG)
            {
                signatures.Add((reader.Section, record));
            }
            else if (record.Type != RecordType.OPT)
            {
                var set = Find(sets, reader.Section, record.Owner, record.Type);
                if (set is null)
                {
                    sets.Add(set = new(reader.Section, record.Owner, record.Type, record.Ttl));
                }

                var rdata = record.Rdata.ToArray();
                if (record.Ttl != set.Ttl || set.Rdata.Any(other => other.AsSpan().SequenceEqual(rdata)))
                {
                    throw new FormatException($"{record.Owner} {record.Type}: a record comes twice or with another TTL.");
                }

                set.Rdata.Add(rdata);
            }
        }

        if (reader.Error != MessageError.None)
        {
            throw new FormatException($"The response is malformed: {reader.Error}.");
        }

        foreach (var (section, record) in signatures)
        {
            Rrsig.TryRead(record.Rdata.Span, out var signature);
            var set = Find(sets, section, record.Owner, signature.Covered)
                ?? throw new FormatException($"{record.Owner}: a signature covers {signature.Covered}, which is not there.");
            set.Signatures.Add(record.Rdata.ToArray());
        }

        return sets;
    }

    public override string ToString() => $"{Section}: {Owner} {Ttl} {Type} x{Rdata.Count}, {Signatures.Count} signatures";

    private static ReceivedSet? Find(List<ReceivedSet> sets, MessageSection section, DomainName owner, RecordType type) =>
        sets.Find(set => set.Section == section && set.Owner == owner && set.Type == type);
}
