namespace ManagedDns.Dns;

/// <summary>RR types and QTYPEs by their IANA mnemonics. Any 16-bit value may occur; those without a name are opaque data (RFC 3597).</summary>
public enum RecordType : ushort
{
    None = 0, A = 1, NS = 2, MD = 3, MF = 4, CNAME = 5, SOA = 6, MB = 7, MG = 8, MR = 9, NULL = 10, WKS = 11, PTR = 12, HINFO = 13, MINFO = 14, MX = 15,
    TXT = 16, RP = 17, AFSDB = 18, X25 = 19, ISDN = 20, RT = 21, NSAP = 22, NSAPPTR = 23, SIG = 24, KEY = 25, PX = 26, GPOS = 27, AAAA = 28, LOC = 29,
    NXT = 30, EID = 31, NIMLOC = 32, SRV = 33, ATMA = 34, NAPTR = 35, KX = 36, CERT = 37, A6 = 38, DNAME = 39, SINK = 40, OPT = 41, APL = 42, DS = 43,
    SSHFP = 44, IPSECKEY = 45, RRSIG = 46, NSEC = 47, DNSKEY = 48, DHCID = 49, NSEC3 = 50, NSEC3PARAM = 51, TLSA = 52, SMIMEA = 53, HIP = 55,
    NINFO = 56, RKEY = 57, TALINK = 58, CDS = 59, CDNSKEY = 60, OPENPGPKEY = 61, CSYNC = 62, ZONEMD = 63, SVCB = 64, HTTPS = 65, DSYNC = 66,
    HHIT = 67, BRID = 68, SPF = 99, UINFO = 100, UID = 101, GID = 102, UNSPEC = 103, NID = 104, L32 = 105, L64 = 106, LP = 107, EUI48 = 108, EUI64 = 109,
    NXNAME = 128, TKEY = 249, TSIG = 250, IXFR = 251, AXFR = 252, MAILB = 253, MAILA = 254, ANY = 255, URI = 256, CAA = 257, AVC = 258, DOA = 259,
    AMTRELAY = 260, RESINFO = 261, WALLET = 262, CLA = 263, IPN = 264, TA = 32768, DLV = 32769,
}

public enum RecordClass : ushort
{
    Reserved = 0, IN = 1, CH = 3, HS = 4, NONE = 254, ANY = 255,
}

public enum Opcode : byte
{
    Query = 0, IQuery = 1, Status = 2, Notify = 4, Update = 5, Dso = 6,
}

/// <summary>Response codes, extended ones (RFC 6891) and TSIG errors (RFC 8945) included.</summary>
public enum ResponseCode : ushort
{
    NoError = 0, FormErr = 1, ServFail = 2, NXDomain = 3, NotImp = 4, Refused = 5, YXDomain = 6, YXRRSet = 7, NXRRSet = 8, NotAuth = 9, NotZone = 10,
    DsoTypeNI = 11, BadVers = 16, BadSig = 16, BadKey = 17, BadTime = 18, BadMode = 19, BadName = 20, BadAlg = 21, BadTrunc = 22, BadCookie = 23,
}
