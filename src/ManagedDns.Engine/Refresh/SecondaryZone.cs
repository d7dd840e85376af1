using System.Net;
using ManagedDns.Dns;
using ManagedDns.Engine.Plans;
using ManagedDns.Engine.Signing;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Refresh;

/// <summary>What somebody wants of a zone beyond the regular check. A cycle takes it, and gives it back unless it succeeds.</summary>
[Flags]
internal enum Wish
{
    None = 0,

    /// <summary>Somebody waits: go before what timers start, and ask primaries that seem dead too.</summary>
    Now = 1,

    /// <summary>Take the whole zone although the serial is the same.</summary>
    WholeZone = 2,

    /// <summary>Take the zone although its serial is older than ours.</summary>
    AnySerial = 4,
}

/// <summary>Whether a refresh cycle is under way.</summary>
internal enum Activity
{
    Idle, Queued, Running,
}

/// <summary>A version that is in the content store, with what leads to it from earlier ones.</summary>
/// <param name="Chunks">How it lies there, where it can be sent from there; else null.</param>
internal sealed record KeptVersion(ZoneContents Contents, Journal Journal, KeptChunks? Chunks) : IDisposable
{
    public void Dispose() => Contents.Dispose();
}

/// <summary>
/// All that is known of one managed zone while the server runs. Data only: <see cref="ZoneLife"/> changes it, under <see cref="Gate"/>.
/// There may be a hundred thousand of these.
/// </summary>
internal sealed class SecondaryZone(ManagedZone setting, CommonPlan plan) : Scheduled
{
    /// <summary>What is locked to read or change any of this. The zone itself: a lock of its own would take as much as its timers do.</summary>
    public object Gate => this;

    public ManagedZone Setting { get; set; } = setting;

    public CommonPlan Plan { get; set; } = plan;

    public long Id => Setting.Id;

    public DomainName Name => Setting.Name;

    public bool IsFromFile => Setting.ZoneFile is not null;

    /// <summary>Null: the zone is no catalog.</summary>
    public CatalogZone? Catalog { get; set; }

    /// <summary>Whether the zone is made here, of the settings.</summary>
    public bool IsMade => Catalog is { Role: CatalogRole.Producer };

    /// <summary>Whether primaries are asked at all.</summary>
    public bool IsRefreshed => Setting.ProxyEnabled && !IsFromFile && !IsRemoved;

    public bool IsRemoved { get; set; }

    /// <summary>The newest version, served or (once expired) not; null before there was one.</summary>
    public ZoneContents? Contents { get; set; }

    /// <summary>The version made of <see cref="Contents"/> that is served instead, where the zone is signed here; null before there was one.</summary>
    public ZoneContents? Signed { get; set; }

    /// <summary>Null: the zone is not signed here.</summary>
    public SigningZone? Signing { get; set; }

    /// <summary>What is served: the signed version, or what was received.</summary>
    public ZoneContents? Served => Signed ?? Contents;

    /// <summary>What leads to <see cref="Served"/> from earlier versions.</summary>
    public Journal Journal { get; set; } = Journal.Empty;

    /// <summary>The version that a crash cannot take back, which is what others are told of and given; null before there was one.</summary>
    public KeptVersion? Kept { get; set; }

    /// <summary>Counts the versions that were to be served, and which of them is: they may have to wait until they are kept.</summary>
    public long Turns { get; set; }

    public long ServedTurn { get; set; }

    /// <summary>Which of them <see cref="Kept"/> is.</summary>
    public long KeptTurn { get; set; }

    /// <summary>The latest of them that waits no more.</summary>
    public long SettledTurn { get; set; }

    /// <summary>What is to be told of its signing, and the version that has to be served first; null: nothing.</summary>
    public Queue<(long Turn, SigningStatus Signing)>? Untold { get; set; }

    public RefreshTimers Timers => Contents is { Soa: var soa } ? RefreshTimers.From(soa.Refresh, soa.Retry, soa.Expire) : RefreshTimers.Unknown;

    public ZoneStatus Status { get; set; } = new(setting.Id, ZoneState.Waiting);

    public Activity Activity { get; set; }

    /// <summary>Ends the running cycle when the zone no longer wants its result.</summary>
    public CancellationTokenSource? Cycle { get; set; }

    public Wish Wish { get; set; }

    /// <summary>Something came while the cycle ran: run again after it.</summary>
    public bool Again { get; set; }

    /// <summary>Failed cycles since the last success.</summary>
    public int Failures { get; set; }

    public long RefreshAt { get; set; } = Clock.Never;

    public long ExpiresAt { get; set; } = Clock.Never;

    /// <summary>When the log tells next that the zone is going to expire.</summary>
    public long WarnAt { get; set; } = Clock.Never;

    /// <summary>Past SOA EXPIRE: <see cref="Contents"/> is held but not served.</summary>
    public bool IsExpired { get; set; }

    /// <summary>The newest serial that a NOTIFY told and no primary has shown yet.</summary>
    public uint? NotifiedSerial { get; set; }

    /// <summary>Who sent it: it is asked first.</summary>
    public IPAddress? NotifiedBy { get; set; }

    /// <summary>Unsigned NOTIFYs that started a cycle since the last new version.</summary>
    public int UnsignedHints { get; set; }

    /// <summary>Unsigned NOTIFYs start nothing before this time.</summary>
    public long QuietUntil { get; set; }

    /// <summary>When a NOTIFY that came in the quiet time is followed.</summary>
    public long HintAt { get; set; } = Clock.Never;

    /// <summary>Cycles run only because a primary lags behind a NOTIFY.</summary>
    public int Repolls { get; set; }

    public override string ToString() => Name.ToDisplayString();
}
