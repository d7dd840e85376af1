namespace ManagedDns.Dns.Wire;

/// <summary>What an OPT record says in its CLASS and TTL fields (RFC 6891 §6.1.2).</summary>
/// <param name="ExtendedCode">The upper eight bits of the response code.</param>
public readonly record struct EdnsHeader(ushort UdpPayloadSize, bool DnssecOk = false, byte ExtendedCode = 0, byte Version = 0)
{
    /// <summary>The payload size that avoids fragments on every path (RFC 9715).</summary>
    public const ushort DefaultPayloadSize = 1232;

    private const uint DnssecOkFlag = 0x8000;

    public static EdnsHeader From(in WireRecord opt) =>
        new((ushort)opt.Class, (opt.Ttl & DnssecOkFlag) != 0, (byte)(opt.Ttl >> 24), (byte)(opt.Ttl >> 16));

    /// <summary>The whole response code of a message with this header: the low four bits are the message header's.</summary>
    public ResponseCode ResponseCode(ResponseCode low) => (ResponseCode)((ExtendedCode << 4) | ((int)low & 0xF));

    public uint ToTtl() => ((uint)ExtendedCode << 24) | ((uint)Version << 16) | (DnssecOk ? DnssecOkFlag : 0);
}
