using System.Collections.Frozen;
using static ManagedDns.Dns.Records.RdataField;

namespace ManagedDns.Dns.Records;

/// <summary>
/// What the RDATA of each type consists of: the one table behind presentation format, name compression, well-formedness and canonical form.
/// A type that is not in the table is opaque (RFC 3597).
/// </summary>
public sealed class RdataLayout
{
    private const int DirectTypes = 512;

    private static readonly RdataLayout s_opaque = new(Opaque);
    private static readonly FrozenDictionary<RecordType, RdataLayout> s_known = Known().ToFrozenDictionary();
    private static readonly RdataLayout[] s_direct = [.. Enumerable.Range(0, DirectTypes).Select(type => s_known.GetValueOrDefault((RecordType)type, s_opaque))];

    private readonly RdataField[] _fields;

    private RdataLayout(params RdataField[] fields)
    {
        _fields = fields;
        HasNames = fields.Any(field => field.IsName());
        HasCompressibleNames = fields.Contains(CompressibleName);
        MayBeCompressedOnReceive = fields.Any(field => field.MayBeCompressedOnReceive());
        HasCanonicalCase = fields.Any(field => field.IsLowerCasedInCanonicalForm());
    }

    /// <summary>The fields in wire order. Those before a name are of fixed length or char-strings, so that <see cref="RdataFields.Measure"/> finds the name.</summary>
    public ReadOnlySpan<RdataField> Fields => _fields;

    public bool IsOpaque => ReferenceEquals(this, s_opaque);

    /// <summary>Whether a field is one domain name.</summary>
    public bool HasNames { get; }

    /// <summary>Whether names in the RDATA are compressed when we send it.</summary>
    public bool HasCompressibleNames { get; }

    /// <summary>Whether names in the RDATA may be compressed when we receive it (RFC 3597 §4).</summary>
    public bool MayBeCompressedOnReceive { get; }

    /// <summary>Whether canonical form lower-cases a name in the RDATA.</summary>
    public bool HasCanonicalCase { get; }

    public static RdataLayout Of(RecordType type) =>
        (int)type < DirectTypes ? s_direct[(int)type] : s_known.GetValueOrDefault(type, s_opaque);

    /// <summary>The layout in a class: address types have theirs in class IN only (RFC 3597 §5); elsewhere they are opaque.</summary>
    public static RdataLayout Of(RecordType type, RecordClass @class) =>
        @class != RecordClass.IN && (type is RecordType.A or RecordType.AAAA or RecordType.WKS) ? s_opaque : Of(type);

    /// <summary>Whether uncompressed RDATA has exactly the fields of its type. Opaque RDATA always has.</summary>
    public bool IsWellFormed(ReadOnlySpan<byte> rdata)
    {
        foreach (var field in _fields)
        {
            var length = field.Measure(rdata);
            if (length < 0)
            {
                return false;
            }

            rdata = rdata[length..];
        }

        return rdata.IsEmpty;
    }

    /// <summary>Brings uncompressed RDATA into canonical form (RFC 4034 §6.2) where it lies. RDATA that is not well-formed is left as it is from there on.</summary>
    public void MakeCanonical(Span<byte> rdata)
    {
        if (!HasCanonicalCase)
        {
            return;
        }

        foreach (var field in _fields)
        {
            var length = field.Measure(rdata);
            if (length < 0)
            {
                return;
            }

            if (field.IsLowerCasedInCanonicalForm())
            {
                WireName.MakeLower(rdata[..length]);
            }

            rdata = rdata[length..];
        }
    }

    private static Dictionary<RecordType, RdataLayout> Known()
    {
        var table = new Dictionary<RecordType, RdataLayout>();
        void Add(RecordType type, params RdataField[] fields) => table.Add(type, new RdataLayout(fields));

        // RFC 1035
        Add(RecordType.A, Ip4);
        Add(RecordType.NS, CompressibleName);
        Add(RecordType.MD, CompressibleName);
        Add(RecordType.MF, CompressibleName);
        Add(RecordType.CNAME, CompressibleName);
        Add(RecordType.SOA, CompressibleName, CompressibleName, U32, Period, Period, Period, Period);
        Add(RecordType.MB, CompressibleName);
        Add(RecordType.MG, CompressibleName);
        Add(RecordType.MR, CompressibleName);
        Add(RecordType.WKS, Ip4, Services);
        Add(RecordType.PTR, CompressibleName);
        Add(RecordType.HINFO, CharString, CharString);
        Add(RecordType.MINFO, CompressibleName, CompressibleName);
        Add(RecordType.MX, U16, CompressibleName);
        Add(RecordType.TXT, CharStrings);

        // The types of RFC 3597 §4 and their contemporaries
        Add(RecordType.RP, DecompressibleName, DecompressibleName);
        Add(RecordType.AFSDB, U16, DecompressibleName);
        Add(RecordType.X25, CharString);
        Add(RecordType.ISDN, CharString, OptionalCharString);
        Add(RecordType.RT, U16, DecompressibleName);
        Add(RecordType.NSAP, Nsap);
        Add(RecordType.NSAPPTR, Name);
        Add(RecordType.SIG, CoveredType, Algorithm, U8, U32, Time, Time, U16, DecompressibleName, Base64);
        Add(RecordType.KEY, U16, U8, Algorithm, OptionalBase64);
        Add(RecordType.PX, U16, DecompressibleName, DecompressibleName);
        Add(RecordType.GPOS, CharString, CharString, CharString);
        Add(RecordType.AAAA, Ip6);
        Add(RecordType.LOC, Location);
        Add(RecordType.NXT, DecompressibleName, PlainBitmap);
        Add(RecordType.EID, Hex);
        Add(RecordType.NIMLOC, Hex);
        Add(RecordType.SRV, U16, U16, U16, DecompressibleName);
        Add(RecordType.NAPTR, U16, U16, CharString, CharString, CharString, DecompressibleName);
        Add(RecordType.KX, U16, CanonicalName);
        Add(RecordType.CERT, CertificateType, U16, Algorithm, Base64);
        Add(RecordType.A6, PrefixedAddress);
        Add(RecordType.DNAME, CanonicalName);
        Add(RecordType.APL, AddressPrefixes);

        // DNSSEC
        Add(RecordType.DS, U16, Algorithm, U8, Hex);
        Add(RecordType.RRSIG, CoveredType, Algorithm, U8, U32, Time, Time, U16, CanonicalName, Base64);
        Add(RecordType.NSEC, Name, Types);
        Add(RecordType.DNSKEY, U16, U8, Algorithm, Base64);
        Add(RecordType.NSEC3, U8, U8, U16, Salt, HashedOwner, Types);
        Add(RecordType.NSEC3PARAM, U8, U8, U16, Salt);
        Add(RecordType.RKEY, U16, U8, Algorithm, Base64);
        Add(RecordType.TALINK, Name, Name);
        Add(RecordType.CDS, U16, Algorithm, U8, Hex);
        Add(RecordType.CDNSKEY, U16, U8, Algorithm, Base64);
        Add(RecordType.CSYNC, U32, U16, Types);
        Add(RecordType.ZONEMD, U32, U8, U8, Hex);
        Add(RecordType.DSYNC, CoveredType, NotifyScheme, U16, Name);
        Add(RecordType.TA, U16, Algorithm, U8, Hex);
        Add(RecordType.DLV, U16, Algorithm, U8, Hex);

        // Keys, services and the rest
        Add(RecordType.SSHFP, U8, U8, Hex);
        Add(RecordType.IPSECKEY, U8, Gateway, OptionalBase64);
        Add(RecordType.DHCID, Base64);
        Add(RecordType.TLSA, U8, U8, U8, Hex);
        Add(RecordType.SMIMEA, U8, U8, U8, Hex);
        Add(RecordType.HIP, HostIdentity, Names);
        Add(RecordType.NINFO, CharStrings);
        Add(RecordType.OPENPGPKEY, Base64);
        Add(RecordType.SVCB, U16, Name, ServiceParameters);
        Add(RecordType.HTTPS, U16, Name, ServiceParameters);
        Add(RecordType.HHIT, Base64);
        Add(RecordType.BRID, Base64);
        Add(RecordType.SPF, CharStrings);
        Add(RecordType.NID, U16, Locator64);
        Add(RecordType.L32, U16, Ip4);
        Add(RecordType.L64, U16, Locator64);
        Add(RecordType.LP, U16, Name);
        Add(RecordType.EUI48, Eui48);
        Add(RecordType.EUI64, Eui64);
        Add(RecordType.URI, U16, U16, Text);
        Add(RecordType.CAA, U8, Tag, Text);
        Add(RecordType.AVC, CharStrings);
        Add(RecordType.DOA, U32, U32, U8, CharString, DashOrBase64);
        Add(RecordType.AMTRELAY, U8, Relay);
        Add(RecordType.RESINFO, CharStrings);
        Add(RecordType.WALLET, CharStrings);
        Add(RecordType.CLA, CharStrings);
        Add(RecordType.IPN, U64);
        return table;
    }
}
