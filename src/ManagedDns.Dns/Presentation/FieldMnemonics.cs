namespace ManagedDns.Dns.Presentation;

/// <summary>The mnemonics that stand for numbers inside RDATA.</summary>
internal static class FieldMnemonics
{
    /// <summary>DNSSEC algorithms: RFC 4034 §A.1 and the IANA registry. Read only; numbers are written.</summary>
    public static readonly Mnemonics Algorithms = new(
    [
        ("DELETE", 0), ("RSAMD5", 1), ("DH", 2), ("DSA", 3), ("RSASHA1", 5), ("DSA-NSEC3-SHA1", 6), ("NSEC3DSA", 6), ("RSASHA1-NSEC3-SHA1", 7),
        ("NSEC3RSASHA1", 7), ("RSASHA256", 8), ("RSASHA512", 10), ("ECC-GOST", 12), ("ECCGOST", 12), ("ECDSAP256SHA256", 13), ("ECDSAP384SHA384", 14),
        ("ED25519", 15), ("ED448", 16), ("SM2SM3", 17), ("ECC-GOST12", 23), ("INDIRECT", 252), ("PRIVATEDNS", 253), ("PRIVATEOID", 254),
    ]);

    /// <summary>Certificate types: RFC 4398 §2.1.</summary>
    public static readonly Mnemonics Certificates = new(
    [
        ("PKIX", 1), ("SPKI", 2), ("PGP", 3), ("IPKIX", 4), ("ISPKI", 5), ("IPGP", 6), ("ACPKIX", 7), ("IACPKIX", 8), ("URI", 253), ("OID", 254),
    ]);

    /// <summary>DSYNC schemes: RFC 9859 §2.1.</summary>
    public static readonly Mnemonics NotifySchemes = new([("NOTIFY", 1)]);

    /// <summary>SVCB parameter keys: RFC 9460 §14.3.2 and the IANA registry.</summary>
    public static readonly Mnemonics ServiceKeys = new(
    [
        ("mandatory", 0), ("alpn", 1), ("no-default-alpn", 2), ("port", 3), ("ipv4hint", 4), ("ech", 5), ("ipv6hint", 6), ("dohpath", 7), ("ohttp", 8),
        ("tls-supported-groups", 9),
    ], "key");

    /// <summary>WKS: the protocols and ports that RFC 1035 §3.4.2 and the files of its time name.</summary>
    public static readonly Mnemonics Protocols = new([("ICMP", 1), ("TCP", 6), ("UDP", 17)]);

    public static readonly Mnemonics Ports = new(
        [("FTP", 21), ("SSH", 22), ("TELNET", 23), ("SMTP", 25), ("TIME", 37), ("DOMAIN", 53), ("HTTP", 80), ("POP3", 110), ("NNTP", 119)]);
}
