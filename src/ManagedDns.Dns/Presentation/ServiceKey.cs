namespace ManagedDns.Dns.Presentation;

/// <summary>The SVCB parameters whose values have a form of their own (RFC 9460 §7, RFC 9461, RFC 9540).</summary>
internal static class ServiceKey
{
    public const ushort Mandatory = 0, Alpn = 1, NoDefaultAlpn = 2, Port = 3, Ip4Hint = 4, Ech = 5, Ip6Hint = 6, Ohttp = 8, TlsGroups = 9;
}
