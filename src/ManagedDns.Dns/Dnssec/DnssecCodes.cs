namespace ManagedDns.Dns.Dnssec;

/// <summary>DNSSEC algorithms that this service signs with or meets (IANA registry, RFC 9904). Names ignore case as the registry's mnemonics do.</summary>
public enum DnssecAlgorithm : byte
{
    /// <summary>In CDS and CDNSKEY alone: "remove the DS" (RFC 8078 §4).</summary>
    Delete = 0,

    RsaSha1 = 5, RsaSha1Nsec3Sha1 = 7, RsaSha256 = 8, RsaSha512 = 10, EcdsaP256Sha256 = 13, EcdsaP384Sha384 = 14, Ed25519 = 15, Ed448 = 16,
}

/// <summary>Digests of DS and CDS records. SHA-1 is read, never made.</summary>
public enum DsDigestType : byte
{
    Sha1 = 1, Sha256 = 2, Sha384 = 4,
}

/// <summary>Digests of ZONEMD records (RFC 8976 §5.3).</summary>
public enum ZoneDigestType : byte
{
    Sha384 = 1, Sha512 = 2,
}
