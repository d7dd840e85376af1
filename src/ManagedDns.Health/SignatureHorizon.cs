using System.Buffers.Binary;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Health;

/// <summary>The signature of a zone that ends first.</summary>
/// <param name="Owner">Whose signature that is.</param>
/// <param name="Covered">The type that it signs.</param>
/// <param name="Count">How many signatures the zone has.</param>
public sealed record SignatureHorizon(DateTimeOffset Expires, DomainName Owner, RecordType Covered, long Count);

/// <summary>Looks for it in all records of a zone, one after the other.</summary>
public sealed class SignatureFinder
{
    private const int ExpirationOffset = 8;
    private const int FixedLength = 18;

    private SignatureHorizon? _first;
    private DomainName? _apex;
    private long _count;

    /// <summary>Null for a zone without signatures.</summary>
    public SignatureHorizon? Found => _first is null ? null : _first with { Count = _count };

    /// <summary>Whether it is known before the end that there is none: the apex comes first, and in a signed zone it is signed.</summary>
    public bool IsUnsigned { get; private set; }

    public void Take(in WireRecord record)
    {
        _apex ??= DomainName.FromWire(record.Owner);
        IsUnsigned |= _count == 0 && !WireName.Equals(record.Owner, _apex.Wire);
        if (record.Type != RecordType.RRSIG || record.Rdata.Length < FixedLength)
        {
            return;
        }

        _count++;

        // RFC 4034 §3.1.5 has serial number arithmetic here; until 2106 that is plain seconds.
        var expires = DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadUInt32BigEndian(record.Rdata[ExpirationOffset..]));
        if (_first is null || expires < _first.Expires)
        {
            var covered = (RecordType)BinaryPrimitives.ReadUInt16BigEndian(record.Rdata);
            _first = new SignatureHorizon(expires, DomainName.FromWire(record.Owner), covered, 0);
        }
    }
}
