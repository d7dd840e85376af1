using System.Buffers.Binary;

namespace ManagedDns.Dns.Records;

/// <summary>
/// The kinds of fields that RDATA is made of. A kind says how a field lies on the wire, how it is written in presentation format,
/// and, for a name, whether it may be compressed and whether its case counts.
/// </summary>
public enum RdataField : byte
{
    /// <summary>Octets without a known structure to the end of the RDATA; presented as RFC 3597 <c>\# n hex</c>.</summary>
    Opaque,

    /// <summary>A name of the types of RFC 1035: compressed when sent, lower-cased in canonical form.</summary>
    CompressibleName,

    /// <summary>A name of RFC 3597 §4's later types: sent uncompressed, decompressed when received, lower-cased in canonical form.</summary>
    DecompressibleName,

    /// <summary>A name that is never compressed, lower-cased in canonical form (RFC 4034 §6.2 as corrected by RFC 6840 §5.1).</summary>
    CanonicalName,

    /// <summary>A name that is never compressed and keeps its case in canonical form.</summary>
    Name,

    /// <summary>Any number of <see cref="Name"/> to the end of the RDATA.</summary>
    Names,

    U8, U16, U32, U64,

    /// <summary>Seconds in 32 bits; in text also with units, as <c>1h30m</c>.</summary>
    Period,

    /// <summary>Seconds since 1970 in 32 bits, modulo 2^32; in text <c>YYYYMMDDHHmmSS</c>.</summary>
    Time,

    /// <summary>A 16-bit RR type; in text its mnemonic or TYPEnnn.</summary>
    CoveredType,

    /// <summary>A DNSSEC algorithm number; in text a number, mnemonics are read.</summary>
    Algorithm,

    /// <summary>A certificate type of RFC 4398.</summary>
    CertificateType,

    /// <summary>A DSYNC scheme of RFC 9859.</summary>
    NotifyScheme,

    Ip4, Ip6, Eui48, Eui64,

    /// <summary>64 bits as four groups of four hexadecimal digits (RFC 6742).</summary>
    Locator64,

    /// <summary>LOC's 16 octets (RFC 1876).</summary>
    Location,

    /// <summary>A length octet and that many octets.</summary>
    CharString,

    /// <summary>A char-string that may be missing at the end of the RDATA.</summary>
    OptionalCharString,

    /// <summary>One or more char-strings to the end of the RDATA.</summary>
    CharStrings,

    /// <summary>A CAA property tag: a length octet and letters and digits (RFC 8659 §4.1).</summary>
    Tag,

    /// <summary>Text to the end of the RDATA, without a length octet.</summary>
    Text,

    /// <summary>One or more octets to the end of the RDATA.</summary>
    Hex,

    /// <summary>One or more octets to the end of the RDATA.</summary>
    Base64,

    /// <summary>Octets to the end of the RDATA, possibly none.</summary>
    OptionalBase64,

    /// <summary>Octets to the end of the RDATA, in text <c>-</c> for none.</summary>
    DashOrBase64,

    /// <summary>A length octet and that many octets, in text hexadecimal, or <c>-</c> for none.</summary>
    Salt,

    /// <summary>A length octet and one or more octets, in text base 32 with extended hex alphabet.</summary>
    HashedOwner,

    /// <summary>NSEC's windows of types (RFC 4034 §4.1.2), possibly none.</summary>
    Types,

    /// <summary>NXT's plain bitmap of the types 0 to 127 (RFC 2535 §5.2).</summary>
    PlainBitmap,

    /// <summary>WKS's protocol octet and port bitmap.</summary>
    Services,

    /// <summary>NSAP's octets, in text <c>0x</c> and hexadecimal with optional dots.</summary>
    Nsap,

    /// <summary>A6's prefix length, address suffix and prefix name (RFC 2874).</summary>
    PrefixedAddress,

    /// <summary>APL's items to the end of the RDATA (RFC 3123).</summary>
    AddressPrefixes,

    /// <summary>IPSECKEY's gateway type, algorithm and gateway (RFC 4025).</summary>
    Gateway,

    /// <summary>AMTRELAY's discovery bit, relay type and relay (RFC 8777).</summary>
    Relay,

    /// <summary>HIP's lengths, algorithm, host identity tag and public key (RFC 8005).</summary>
    HostIdentity,

    /// <summary>SVCB's parameters to the end of the RDATA (RFC 9460).</summary>
    ServiceParameters,
}

/// <summary>
/// How the fields of RDATA lie on the wire. Only the structure is judged, that is where fields end: values that their RFC forbids are data like others,
/// so that a primary's record is not lost for a detail that no name server acts on.
/// </summary>
public static class RdataFields
{
    public static bool IsName(this RdataField field) => field is >= RdataField.CompressibleName and <= RdataField.Name;

    /// <summary>Whether a name in this field may point elsewhere in a message that we receive.</summary>
    public static bool MayBeCompressedOnReceive(this RdataField field) => field is RdataField.CompressibleName or RdataField.DecompressibleName;

    /// <summary>Whether a name in this field counts in lower case for signatures and order (RFC 4034 §6.2).</summary>
    public static bool IsLowerCasedInCanonicalForm(this RdataField field) =>
        field is >= RdataField.CompressibleName and <= RdataField.CanonicalName;

    /// <summary>The length in octets of a field that always has the same; 0 for the others.</summary>
    public static int FixedLength(this RdataField field) => field switch
    {
        RdataField.U8 or RdataField.Algorithm or RdataField.NotifyScheme => 1,
        RdataField.U16 or RdataField.CoveredType or RdataField.CertificateType => 2,
        RdataField.U32 or RdataField.Period or RdataField.Time or RdataField.Ip4 => 4,
        RdataField.Eui48 => 6,
        RdataField.U64 or RdataField.Eui64 or RdataField.Locator64 => 8,
        RdataField.Ip6 or RdataField.Location => 16,
        _ => 0,
    };

    /// <summary>
    /// The length in octets of the field at the start of <paramref name="rest"/>, the RDATA from there to its end, names uncompressed;
    /// -1 where the octets are no such field.
    /// </summary>
    public static int Measure(this RdataField field, ReadOnlySpan<byte> rest)
    {
        var fixedLength = field.FixedLength();
        if (fixedLength > 0)
        {
            return fixedLength <= rest.Length ? fixedLength : -1;
        }

        return field switch
        {
            RdataField.CompressibleName or RdataField.DecompressibleName or RdataField.CanonicalName or RdataField.Name => WireName.Length(rest),
            RdataField.Names => MeasureNames(rest),
            RdataField.CharString => MeasureCounted(rest, 0),
            RdataField.OptionalCharString => rest.IsEmpty ? 0 : MeasureCounted(rest, 0),
            RdataField.CharStrings => MeasureCharStrings(rest),
            RdataField.Hex or RdataField.Base64 or RdataField.Nsap => rest.IsEmpty ? -1 : rest.Length,
            RdataField.Salt => MeasureCounted(rest, 0),
            RdataField.HashedOwner or RdataField.Tag => MeasureCounted(rest, 1),
            RdataField.Types => TypeBitmap.IsWellFormed(rest) ? rest.Length : -1,
            RdataField.PlainBitmap => rest.Length is >= 1 and <= 16 ? rest.Length : -1,
            RdataField.Services => rest.Length is >= 1 and <= 8193 ? rest.Length : -1,
            RdataField.PrefixedAddress => MeasurePrefixedAddress(rest),
            RdataField.AddressPrefixes => MeasureAddressPrefixes(rest),
            RdataField.Gateway => rest.Length < 2 ? -1 : MeasureRelay(rest[0], 2, rest),
            RdataField.Relay => rest.IsEmpty ? -1 : MeasureRelay(rest[0] & 0x7F, 1, rest),
            RdataField.HostIdentity => MeasureHostIdentity(rest),
            RdataField.ServiceParameters => MeasureServiceParameters(rest),
            _ => rest.Length,
        };
    }

    private static int MeasureCounted(ReadOnlySpan<byte> rest, int minimum) =>
        !rest.IsEmpty && rest[0] >= minimum && rest[0] < rest.Length ? rest[0] + 1 : -1;

    private static int MeasureNames(ReadOnlySpan<byte> rest)
    {
        for (var left = rest; !left.IsEmpty;)
        {
            var length = WireName.Length(left);
            if (length < 0)
            {
                return -1;
            }

            left = left[length..];
        }

        return rest.Length;
    }

    private static int MeasureCharStrings(ReadOnlySpan<byte> rest)
    {
        var position = 0;
        while (position < rest.Length)
        {
            position += rest[position] + 1;
        }

        return position == rest.Length && position > 0 ? position : -1;
    }

    private static int MeasurePrefixedAddress(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || rest[0] > 128)
        {
            return -1;
        }

        var suffix = 1 + ((128 - rest[0] + 7) / 8);
        if (suffix > rest.Length || rest[0] == 0)
        {
            return suffix > rest.Length ? -1 : suffix;
        }

        var name = WireName.Length(rest[suffix..]);
        return name < 0 ? -1 : suffix + name;
    }

    private static int MeasureAddressPrefixes(ReadOnlySpan<byte> rest)
    {
        var position = 0;
        while (position < rest.Length)
        {
            if (rest.Length - position < 4)
            {
                return -1;
            }

            var family = BinaryPrimitives.ReadUInt16BigEndian(rest[position..]);
            var prefix = rest[position + 2];
            var length = rest[position + 3] & 0x7F;
            var (bits, octets) = family switch { 1 => (32, 4), 2 => (128, 16), _ => (255, 127) };
            position += 4 + length;
            if (prefix > bits || length > octets || position > rest.Length)
            {
                return -1;
            }
        }

        return position;
    }

    private static int MeasureRelay(int kind, int header, ReadOnlySpan<byte> rest)
    {
        var length = kind switch
        {
            0 => 0,
            1 => 4,
            2 => 16,
            3 => WireName.Length(rest[header..]),
            _ => -1,
        };
        return length < 0 || header + length > rest.Length ? -1 : header + length;
    }

    private static int MeasureHostIdentity(ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 4)
        {
            return -1;
        }

        int tag = rest[0], key = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
        return tag == 0 || key == 0 || 4 + tag + key > rest.Length ? -1 : 4 + tag + key;
    }

    private static int MeasureServiceParameters(ReadOnlySpan<byte> rest)
    {
        int position = 0, last = -1;
        while (position < rest.Length)
        {
            if (rest.Length - position < 4)
            {
                return -1;
            }

            int key = BinaryPrimitives.ReadUInt16BigEndian(rest[position..]);
            position += 4 + BinaryPrimitives.ReadUInt16BigEndian(rest[(position + 2)..]);
            // RFC 9460 §2.2: keys stand in strictly increasing order.
            if (key <= last || position > rest.Length)
            {
                return -1;
            }

            last = key;
        }

        return position;
    }
}
