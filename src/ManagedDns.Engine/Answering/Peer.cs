using System.Net;

namespace ManagedDns.Engine.Answering;

/// <summary>Whom an answer goes to, as octets in memory of the transport's.</summary>
internal readonly unsafe struct Peer(byte* address, int length, int port)
{
    /// <summary>4 or 16 octets.</summary>
    public ReadOnlySpan<byte> Address => new(address, length);

    public IPEndPoint ToEndPoint()
    {
        var client = new IPAddress(Address);
        return new IPEndPoint(client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client, port);
    }
}
