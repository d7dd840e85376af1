using ManagedDns.Dns;

namespace ManagedDns.Integration.Tests.Asking;

/// <summary>RDATA whose names are in lower case where servers may change their case: those that they compress.</summary>
public static class CanonicalRdata
{
    /// <summary>Octets before the names, and the number of names.</summary>
    public static (int Before, int Names) LayoutOf(RecordType type) => type switch
    {
        RecordType.NS or RecordType.CNAME or RecordType.DNAME or RecordType.PTR or RecordType.MB or RecordType.MG or RecordType.MR => (0, 1),
        RecordType.SOA or RecordType.MINFO or RecordType.RP => (0, 2),
        RecordType.MX or RecordType.AFSDB or RecordType.RT or RecordType.KX => (2, 1),
        RecordType.PX => (2, 2),
        RecordType.SRV => (6, 1),
        RecordType.RRSIG => (18, 1),
        RecordType.NSEC => (0, 1),
        _ => (0, 0),
    };

    /// <summary>A label with its length octet in lower case: the length is at most 63 and so no letter.</summary>
    public static IEnumerable<byte> Lower(IEnumerable<byte> octets) => octets.Select(o => o is >= (byte)'A' and <= (byte)'Z' ? (byte)(o | 0x20) : o);

    /// <summary>RDATA in uncompressed form as hexadecimal digits.</summary>
    public static string Hex(RecordType type, ReadOnlySpan<byte> rdata)
    {
        var (before, names) = LayoutOf(type);
        var end = before;
        for (var i = 0; i < names; i++)
        {
            end += WireName.Length(rdata[end..]);
        }

        return Convert.ToHexStringLower([.. rdata[..before], .. Lower(rdata[before..end].ToArray()), .. rdata[end..]]);
    }
}
