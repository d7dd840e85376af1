using System.Buffers.Binary;
using System.Text;

namespace ManagedDns.Dns.Wire;

/// <summary>EDNS options that we know, by their IANA numbers.</summary>
public enum EdnsOptionCode : ushort
{
    Nsid = 3, ClientSubnet = 8, Expire = 9, Cookie = 10, TcpKeepalive = 11, Padding = 12, Chain = 13, KeyTag = 14, ExtendedError = 15,
    ReportChannel = 18, ZoneVersion = 19,
}

/// <summary>The info codes of extended DNS errors (RFC 8914 §4 and the IANA registry).</summary>
public enum ExtendedErrorCode : ushort
{
    Other = 0, UnsupportedDnskeyAlgorithm = 1, UnsupportedDsDigestType = 2, StaleAnswer = 3, ForgedAnswer = 4, DnssecIndeterminate = 5,
    DnssecBogus = 6, SignatureExpired = 7, SignatureNotYetValid = 8, DnskeyMissing = 9, RrsigsMissing = 10, NoZoneKeyBitSet = 11, NsecMissing = 12,
    CachedError = 13, NotReady = 14, Blocked = 15, Censored = 16, Filtered = 17, Prohibited = 18, StaleNXDomainAnswer = 19, NotAuthoritative = 20,
    NotSupported = 21, NoReachableAuthority = 22, NetworkError = 23, InvalidData = 24, SignatureExpiredBeforeValid = 25, TooEarly = 26,
    UnsupportedNsec3Iterations = 27, UnableToConformToPolicy = 28, Synthesized = 29, InvalidQueryType = 30,
}

/// <summary>One option of an OPT record, and the reading and writing of them (RFC 6891 §6.1.2).</summary>
public readonly ref struct EdnsOption
{
    /// <summary>The octets of an option's code and length.</summary>
    public const int HeaderLength = 4;

    private EdnsOption(EdnsOptionCode code, ReadOnlySpan<byte> data)
    {
        Code = code;
        Data = data;
    }

    public EdnsOptionCode Code { get; }

    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Takes the first option off <paramref name="options"/>. False: there is none left (then it is empty) or it is malformed (then it is not).</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> options, out EdnsOption option)
    {
        option = default;
        if (options.Length < HeaderLength)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(options[2..]);
        if (options.Length - HeaderLength < length)
        {
            return false;
        }

        option = new EdnsOption((EdnsOptionCode)BinaryPrimitives.ReadUInt16BigEndian(options), options.Slice(HeaderLength, length));
        options = options[(HeaderLength + length)..];
        return true;
    }

    /// <summary>The time in the option EXPIRE (RFC 7314) among an OPT record's options; null where there is none.</summary>
    public static TimeSpan? ReadExpire(ReadOnlySpan<byte> options)
    {
        while (TryRead(ref options, out var option))
        {
            if (option.Code == EdnsOptionCode.Expire && option.Data.Length == sizeof(uint))
            {
                return TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt32BigEndian(option.Data));
            }
        }

        return null;
    }

    /// <summary>Writes an option and returns its length with its header.</summary>
    public static int Write(Span<byte> destination, EdnsOptionCode code, ReadOnlySpan<byte> data)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)code);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)data.Length);
        data.CopyTo(destination[HeaderLength..]);
        return HeaderLength + data.Length;
    }

    /// <summary>Writes an extended error (RFC 8914) with its text and returns its length with its header.</summary>
    public static int WriteExtendedError(Span<byte> destination, ExtendedErrorCode code, ReadOnlySpan<char> text = default)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination[HeaderLength..], (ushort)code);
        var length = 2 + Encoding.UTF8.GetBytes(text, destination[(HeaderLength + 2)..]);
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)EdnsOptionCode.ExtendedError);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)length);
        return HeaderLength + length;
    }
}
