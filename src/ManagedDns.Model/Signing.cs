using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;

namespace ManagedDns.Model;

/// <summary>How the serial of a signed zone follows from that of the received one. A renewal of signatures always raises it.</summary>
public enum SerialPolicy
{
    /// <summary>One more than the one published before.</summary>
    Increment,

    /// <summary>The seconds since 1970, or one more than before where that is higher.</summary>
    UnixTime,

    /// <summary>The day as YYYYMMDD and two digits, or one more than before where that is higher.</summary>
    DateCounter,

    /// <summary>The primary's, wherever that is newer than the one published before; one more than before elsewhere.</summary>
    Keep,
}

public enum DenialKind
{
    Nsec, Nsec3,
}

/// <summary>How zones are signed: named settings that many zones share.</summary>
public sealed record SigningPolicy(long Id, string Name)
{
    public const string DefaultName = "Default";

    public DnssecAlgorithm Algorithm { get; init; } = DnssecAlgorithm.EcdsaP256Sha256;

    /// <summary>A key for the keys and another for the zone, instead of one for both.</summary>
    public bool SplitKeys { get; init; }

    public DenialKind Denial { get; init; }

    /// <summary>Leave delegations without DS out of the NSEC3 chain.</summary>
    public bool OptOut { get; init; }

    /// <summary>From signing to expiration.</summary>
    public TimeSpan Validity { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Signatures are renewed when they have less than this left.</summary>
    public TimeSpan Refresh { get; init; } = TimeSpan.FromDays(5);

    /// <summary>Signatures made together end up to this much apart.</summary>
    public TimeSpan Jitter { get; init; } = TimeSpan.FromDays(2);

    /// <summary>The TTL of DNSKEY, CDS and CDNSKEY records.</summary>
    public TimeSpan KeyTtl { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long until all name servers of the zone have a new version (RFC 7583: Dprp).</summary>
    public TimeSpan PropagationDelay { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a key for the zone is used; zero: until it is rolled by hand.</summary>
    public TimeSpan ZskLifetime { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long a key that the DS names is used; zero: until it is rolled by hand.</summary>
    public TimeSpan KskLifetime { get; init; } = TimeSpan.Zero;

    public SerialPolicy SerialPolicy { get; init; }

    /// <summary>Publish a ZONEMD record (RFC 8976).</summary>
    public bool ZoneDigest { get; init; }

    /// <summary>Tell the parent of changed CDS where it says that it wants to be told (RFC 9859).</summary>
    public bool NotifyParent { get; init; } = true;
}

/// <summary>The primary of a parent zone of one's own, whose DS are changed there by signed updates (RFC 2136).</summary>
public sealed record ParentPrimary(IPEndPoint EndPoint, long TsigKeyId);

/// <summary>That a zone is signed here, and how.</summary>
/// <param name="Ending">Signing ends: the DS is asked to go, and when it is gone, keys and signatures go.</param>
/// <param name="ParentServers">The parent's name servers, whose DS is watched.</param>
public sealed record ZoneSigning(long ZoneId, SigningPolicy Policy, bool Ending, ImmutableArray<IPEndPoint> ParentServers)
{
    /// <summary>Signs a zone that comes signed too: what its primary's signer made is left out. Otherwise such a zone is not signed again.</summary>
    public bool StripsSignatures { get; init; }

    /// <summary>Where the zone's DS is put in the parent by us; null: the parent is asked by CDS alone.</summary>
    public ParentPrimary? ParentPrimary { get; init; }

    /// <summary>
    /// The DNSKEYs of those who sign the same zone too, each with keys of their own (RFC 8901 §2.1.2, model 2): they are published beside ours, and the
    /// parent is asked for the DS of all.
    /// </summary>
    public ImmutableArray<DnsKey> ForeignKeys { get; init; } = [];

    public bool Equals(ZoneSigning? other) => other is not null && ZoneId == other.ZoneId && Policy == other.Policy && Ending == other.Ending
        && ParentPrimary == other.ParentPrimary && StripsSignatures == other.StripsSignatures && ForeignKeys.SequenceEqual(other.ForeignKeys)
        && ParentServers.SequenceEqual(other.ParentServers);

    public override int GetHashCode() => ZoneId.GetHashCode();
}

public enum KeyRole
{
    /// <summary>One key for all; the DS names it.</summary>
    Csk,

    /// <summary>Signs the keys; the DS names it.</summary>
    Ksk,

    /// <summary>Signs the zone.</summary>
    Zsk,
}

/// <summary>Where a key is in its life; the states are drawn in Engine/Signing/KeyLife.cs.</summary>
public enum KeyState
{
    /// <summary>Of a new algorithm: signs the zone, and is not published before its signatures are everywhere.</summary>
    Introduced,

    /// <summary>In the DNSKEY RRset; waits until every cache has that.</summary>
    Published,

    /// <summary>CDS asks the parent for its DS; waits until that is there and the old one gone from every cache.</summary>
    Submitted,

    Active,

    /// <summary>Signs the zone no more; waits until its signatures are gone from every cache.</summary>
    Retired,

    /// <summary>Of an old algorithm: out of the DNSKEY RRset, still signs the zone until every cache knows that.</summary>
    Withdrawn,
}

/// <summary>A signing key of a zone.</summary>
/// <param name="Id">0 before it is stored.</param>
/// <param name="Pkcs8">The private key. It is stored sealed.</param>
/// <param name="Since">When it came into its state.</param>
public sealed record ZoneKey(long Id, KeyRole Role, DnsKey Public, ReadOnlyMemory<byte> Pkcs8, KeyState State, DateTimeOffset Since, DateTimeOffset Created)
{
    /// <summary>Whether it signs the zone's data.</summary>
    public bool SignsZone { get; init; }

    /// <summary>When its DS was first seen at every parent server.</summary>
    public DateTimeOffset? DsSince { get; init; }

    /// <summary>The TTL of that DS.</summary>
    public TimeSpan DsTtl { get; init; }

    /// <summary>Somebody asked for its successor.</summary>
    public bool IsToBeReplaced { get; init; }

    /// <summary>Somebody else may have it: it leaves the zone as early as caches allow.</summary>
    public bool IsCompromised { get; init; }

    public bool IsSecureEntryPoint => Role != KeyRole.Zsk;
}

/// <summary>Keeps the keys of signed zones. What it was given is there after a crash. Implementations are thread-safe.</summary>
public interface IKeyStore
{
    IReadOnlyList<ZoneKey> Load(long zoneId);

    /// <summary>The keys without their private halves: nothing is unsealed.</summary>
    IReadOnlyList<ZoneKey> LoadPublic(long zoneId);

    /// <summary>Replaces the zone's keys as they were known by those that it has now; new ones get their ids. One that was imported meanwhile stays.</summary>
    IReadOnlyList<ZoneKey> Save(long zoneId, IReadOnlyList<ZoneKey> known, IReadOnlyList<ZoneKey> keys);

    /// <summary>The zone's signing has come to its end.</summary>
    void Finish(long zoneId);
}

/// <summary>Where a zone's signing is (drawn in Engine/Signing/KeyLife.cs).</summary>
public enum SigningState
{
    Unsigned,

    /// <summary>Signed, and not yet everywhere.</summary>
    Enabling,
    WaitingForDs,
    Signed,
    RollingKey,
    WaitingForDsRemoval,
    Disabling,

    /// <summary>The zone comes signed from its primary: it is served as it is.</summary>
    AlreadySigned,
}

/// <summary>What the server observes of a zone's signing. Times are UTC.</summary>
public sealed record SigningStatus(long ZoneId, SigningState State)
{
    /// <summary>What the next step waits for, in words; null: nothing.</summary>
    public string? WaitingFor { get; init; }

    /// <summary>Until when, where that is known.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>When the first signature of the version served ends.</summary>
    public DateTimeOffset? FirstExpiration { get; init; }

    public DateTimeOffset? LastSigned { get; init; }

    /// <summary>When the parent took the message of the DS that is waited for; null: it has not been told.</summary>
    public DateTimeOffset? ParentTold { get; init; }

    /// <summary>Why the last try failed; the last good version is served.</summary>
    public Failure? Failure { get; init; }
}
