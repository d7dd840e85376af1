using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns;

namespace ManagedDns.Model;

/// <summary>Where a zone is in its life (the state machine stands in docs/architecture.md).</summary>
public enum ZoneState
{
    /// <summary>The proxy is off; the zone keeps what it last had.</summary>
    Disabled,

    /// <summary>Between two tries: the next one is due at <see cref="ZoneStatus.NextRefresh"/>.</summary>
    Waiting,
    Probing,
    Transferring,
    Checking,
    UpToDate,

    /// <summary>The primary's serial is older than ours; nothing is taken until the operator accepts it.</summary>
    SerialRegressed,

    /// <summary>SOA EXPIRE has passed since the last success: SERVFAIL with EDE 24.</summary>
    Expired,

    /// <summary>The zone comes from a master file.</summary>
    Loaded,

    /// <summary>The master file cannot be used; <see cref="ZoneStatus.LastFailure"/> says why.</summary>
    Failed,
}

/// <summary>What the server observes of one zone. Times are UTC.</summary>
public sealed record ZoneStatus(long ZoneId, ZoneState State)
{
    // A hundred thousand zones have one each, and several while they are transferred: a time that may be missing takes three words, a moment one.
    private readonly Moment _lastCheck;
    private readonly Moment _lastSuccess;
    private readonly Moment _nextRefresh;
    private readonly Moment _expiresAt;
    private readonly Moment _lastNotify;

    /// <summary>The serial last transferred in.</summary>
    public uint? PrimarySerial { get; init; }

    /// <summary>The serial served. Differs from the primary serial when we sign.</summary>
    public uint? PublishedSerial { get; init; }

    public long? RecordCount { get; init; }

    public DateTimeOffset? LastCheck
    {
        get => _lastCheck;
        init => _lastCheck = value;
    }

    /// <summary>When a primary last confirmed or delivered our version; expiry counts from here.</summary>
    public DateTimeOffset? LastSuccess
    {
        get => _lastSuccess;
        init => _lastSuccess = value;
    }

    public DateTimeOffset? NextRefresh
    {
        get => _nextRefresh;
        init => _nextRefresh = value;
    }

    public DateTimeOffset? ExpiresAt
    {
        get => _expiresAt;
        init => _expiresAt = value;
    }

    public DateTimeOffset? LastNotify
    {
        get => _lastNotify;
        init => _lastNotify = value;
    }

    /// <summary>The last NOTIFY accepted from each sender, a few senders only.</summary>
    public ImmutableArray<NotifySeen> Notifies { get; init; } = [];

    public IPEndPoint? Primary { get; init; }

    /// <summary>The newest failure since the last success; null after one.</summary>
    public Failure? LastFailure { get; init; }

    /// <summary>What the checks found in the version served and did not reject it for; null: nothing.</summary>
    public string? Warning { get; init; }

    /// <summary>What has come of a transfer that goes on, once it has taken a moment; null: none does.</summary>
    public TransferSoFar? Transfer { get; init; }
}

/// <summary>How far a transfer is that goes on.</summary>
/// <param name="Kind">What was asked for; a primary may answer IXFR with the whole zone.</param>
/// <param name="Bytes">Octets of DNS messages.</param>
public sealed record TransferSoFar(TransferKind Kind, DateTimeOffset Started, long Records, long Bytes);

/// <summary>The last NOTIFY for a zone from one sender.</summary>
/// <param name="TsigKeyName">The key that signed it; null for an unsigned one.</param>
public sealed record NotifySeen(IPAddress From, DateTimeOffset Time, DomainName? TsigKeyName);

/// <summary>Who signed first: we, and the peer accepted it, or the peer, and we did.</summary>
public enum TsigKeyUseDirection
{
    Sent, Received,
}

/// <summary>When a peer was last seen with a key.</summary>
/// <param name="Fingerprint">Of the key: tells two of one name apart.</param>
public sealed record TsigKeyUse(DomainName KeyName, string Fingerprint, IPAddress Peer, TsigKeyUseDirection Direction, DateTimeOffset LastUsed);

public enum TransferDirection
{
    In, Out,
}

public enum TransferKind
{
    Axfr, Ixfr,
}

/// <summary>One transfer that ended, well or not: a row of the history.</summary>
public sealed record TransferReport(
    long ZoneId, TransferDirection Direction, TransferKind Kind, IPEndPoint Peer, DateTimeOffset Started, TimeSpan Duration)
{
    public DomainName? TsigKeyName { get; init; }

    public uint? FromSerial { get; init; }

    public uint? ToSerial { get; init; }

    public long Records { get; init; }

    public long Bytes { get; init; }

    public int Messages { get; init; }

    public Failure? Failure { get; init; }
}

public enum ServerState
{
    Starting, Running, Stopping, Stopped, Failed,
}

/// <summary>The server's own row: what a node says of itself.</summary>
public sealed record ServerStatus(string Node, ServerState State, int ProcessId, string Version)
{
    public DateTimeOffset Started { get; init; }

    public DateTimeOffset Heartbeat { get; init; }

    /// <summary>The generation of the settings that the server has applied.</summary>
    public long AppliedGeneration { get; init; }

    /// <summary>Where the server really listens (port 0 resolved), UDP and TCP alike.</summary>
    public ImmutableArray<IPEndPoint> EndPoints { get; init; } = [];

    /// <summary>Where the server listens for DNS over TLS.</summary>
    public ImmutableArray<IPEndPoint> TlsEndPoints { get; init; } = [];

    /// <summary>Why a start or a change of listen addresses failed.</summary>
    public Failure? Failure { get; init; }

    /// <summary>What is wrong with what the server keeps of its zones: it cannot be written (StoreFull, StoreFailed), or was lost (ContentsDamaged).</summary>
    public Failure? StorageFailure { get; init; }
}
