namespace ManagedDns.Engine;

/// <summary>A client's address as its octets, as sockets give them.</summary>
public static class ClientAddress
{
    private static ReadOnlySpan<byte> MappedPrefix => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF];

    /// <summary>The 4 octets of an IPv4 address that came mapped into IPv6 (RFC 4291 §2.5.5.2), as on a socket of both families; any other as it is.</summary>
    public static ReadOnlySpan<byte> Unmap(ReadOnlySpan<byte> address) =>
        address.Length == 16 && address.StartsWith(MappedPrefix) ? address[MappedPrefix.Length..] : address;
}
