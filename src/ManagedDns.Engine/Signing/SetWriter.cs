using System.Buffers.Binary;
using System.Collections.Immutable;
using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Signing;

/// <summary>
/// Writes RRsets of the signed zone into a batch, each with its signatures. A signature of the version before stays where the RRset is the same, its key
/// still signs, and it does not end too soon.
/// </summary>
/// <param name="zone">The apex in wire form.</param>
/// <param name="renewBefore">Signatures that end before this are made anew.</param>
internal sealed unsafe class SetWriter(SigningPlan plan, DomainName zone, DateTimeOffset now, DateTimeOffset renewBefore)
{
    // Clocks of validators may be behind.
    private static readonly TimeSpan s_inceptionOffset = TimeSpan.FromHours(1);

    private readonly CanonicalRrset _records = new();
    private readonly CanonicalRrset _old = new();
    private readonly byte[] _zone = Lower(zone);
    private readonly uint _now = Rrsig.Seconds(now);
    private readonly uint _renewBefore = Rrsig.Seconds(renewBefore);
    private readonly uint _inception = Rrsig.Seconds(now - s_inceptionOffset);
    private readonly uint _expiration = Rrsig.Seconds(now + plan.Validity);
    private readonly int _jitter = (int)plan.Jitter.TotalSeconds;

    /// <summary>Writes an RRset as it lies in a cell.</summary>
    /// <param name="before">The owner's cell in the version before; null where it has none.</param>
    public void Write(SigningBatch batch, ReadOnlySpan<byte> owner, RecordSet* set, bool isSigned, byte* before)
    {
        // RFC 2181 §5.2: an RRset has one TTL, and signatures need it.
        var ttl = uint.MaxValue;
        for (var record = set->Records; record < (byte*)set->Next; record = RecordSet.NextRecord(record))
        {
            ttl = Math.Min(ttl, Ttl(record));
        }

        _records.Begin(owner, (RecordType)set->Type, ttl);
        for (var record = set->Records; record < (byte*)set->Next; record = RecordSet.NextRecord(record))
        {
            var rdata = Rdata(record);
            batch.Add((RecordType)set->Type, ttl, rdata);
            if (isSigned)
            {
                _records.Add(rdata);
            }
        }

        if (isSigned)
        {
            Sign(batch, before);
        }
    }

    /// <summary>Writes an RRset that the signer itself makes.</summary>
    public void Write(SigningBatch batch, ReadOnlySpan<byte> owner, RecordType type, uint ttl, ReadOnlySpan<byte[]> rdatas, byte* before)
    {
        _records.Begin(owner, type, ttl);
        foreach (var rdata in rdatas)
        {
            batch.Add(type, ttl, rdata);
            _records.Add(rdata);
        }

        Sign(batch, before);
    }

    private void Sign(SigningBatch batch, byte* before)
    {
        var old = before == null ? null : SignaturesOfSame(before);
        foreach (var key in Signers())
        {
            if (old != null && Find(old, key) is var kept && kept != null)
            {
                batch.Add(RecordType.RRSIG, _records.Ttl, Rdata(kept));
            }
            else
            {
                batch.AddSignature(_records, key, _zone, _inception, unchecked(_expiration - (uint)Random.Shared.Next(_jitter + 1)));
            }
        }
    }

    private ImmutableArray<SigningKey> Signers() =>
        _records.Type is not (RecordType.DNSKEY or RecordType.CDS or RecordType.CDNSKEY) || !WireName.Equals(_records.Owner, _zone) ? plan.ZoneSigners
        : _records.Type == RecordType.DNSKEY ? plan.KeySigners
        : [.. plan.ParentSigners];

    /// <summary>The old signatures, if what they cover is what they would cover now.</summary>
    private RecordSet* SignaturesOfSame(byte* before)
    {
        var set = NameCell.Find(before, _records.Type);
        if (set == null || set->Count != _records.Count || Ttl(set->Records) != _records.Ttl)
        {
            return null;
        }

        var record = set->Records;
        _old.Begin(_records.Owner, _records.Type, _records.Ttl);
        for (; record < (byte*)set->Next; record = RecordSet.NextRecord(record))
        {
            _old.Add(Rdata(record));
        }

        for (var i = 0; i < _records.Count; i++)
        {
            if (i >= _old.Count || !_old.Rdata(i).SequenceEqual(_records.Rdata(i)))
            {
                return null;
            }
        }

        return NameCell.Signatures(before, set);
    }

    private byte* Find(RecordSet* signatures, SigningKey key)
    {
        for (var record = signatures->Records; record < (byte*)signatures->Next; record = RecordSet.NextRecord(record))
        {
            if (Rrsig.TryRead(Rdata(record), out var signature) && signature.KeyTag == key.Public.Tag && signature.Algorithm == key.Public.Algorithm
                && signature.OriginalTtl == _records.Ttl && signature.IsValidAt(_now) && unchecked((int)(signature.Expiration - _renewBefore)) > 0)
            {
                return record;
            }
        }

        return null;
    }

    internal static uint Ttl(byte* record) => BinaryPrimitives.ReadUInt32BigEndian(new ReadOnlySpan<byte>(record + 6, 4));

    internal static ReadOnlySpan<byte> Rdata(byte* record) => new(record + RecordSet.RecordHeader, RecordSet.RdataLength(record));

    private static byte[] Lower(DomainName name)
    {
        var octets = name.Wire.ToArray();
        WireName.MakeLower(octets);
        return octets;
    }
}
