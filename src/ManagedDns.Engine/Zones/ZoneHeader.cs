using System.Runtime.InteropServices;

namespace ManagedDns.Engine.Zones;

/// <summary>How a zone denies what it does not have.</summary>
internal enum Denial : byte
{
    Unsigned, Nsec, Nsec3,
}

/// <summary>
/// What a query needs of one version of a zone, in native memory and immutable but for <see cref="ExpiresAt"/>: the roots of its tries, its own table
/// of chunks, its name, and the SOA as negative answers carry it. The octets pointed to lie behind it in the same allocation.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ZoneHeader
{
    public byte** Chunks;
    public TrieNode Names;

    /// <summary>The owners of NSEC3 records, which are no names of the zone (RFC 5155 §7.2.8).</summary>
    public TrieNode Nsec3;

    /// <summary>The apex in wire form, lower case.</summary>
    public byte* Apex;
    public int ApexLength;
    public int ApexLabels;

    /// <summary>The hash of the apex: the same for all versions.</summary>
    public ulong Hash;

    /// <summary>The apex as the SOA's owner was written.</summary>
    public byte* ApexAsGiven;

    /// <summary>The cell with the apex's records; null where the zone is unavailable.</summary>
    public byte* ApexCell;

    public NegativeSoa NegativeSoa;

    public uint Serial;
    public uint Expire;

    /// <summary>When the zone expires in seconds of Unix time; 0: it does not.</summary>
    public long ExpiresAt;

    public Denial Denial;
    public bool HasWildcards;
    public ushort Nsec3Iterations;
    public int Nsec3SaltLength;
    public byte* Nsec3Salt;

    /// <summary>With a zone that has no contents to serve: the extended DNS error (RFC 8914) that goes with SERVFAIL. 0 where it is served.</summary>
    public ushort UnavailableBecause;
}
