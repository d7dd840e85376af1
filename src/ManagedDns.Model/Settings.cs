using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Tsig;

namespace ManagedDns.Model;

/// <summary>A TSIG key as it stands in the store: the protocol's key with the service's identity and the operator's remark.</summary>
public sealed record TsigKeySetting(long Id, TsigKey Key, string Comment)
{
    public DomainName Name => Key.Name;

    /// <summary>Since when the key's <see cref="TsigKey.Successor"/> is taking its place; null: none is.</summary>
    public DateTimeOffset? RolloverStarted { get; init; }
}

/// <summary>A named set of settings that many zones share. Exactly one is the default.</summary>
public sealed record CommonSetting(long Id, string Name, bool IsDefault, string Comment)
{
    public const string DefaultName = "Default";

    /// <summary>What new versions of the zones must be like.</summary>
    public ContentCheckSettings Checks { get; init; } = ContentCheckSettings.Default;

    /// <summary>What a transfer from a primary may cost before it is given up.</summary>
    public TransferLimits Limits { get; init; } = TransferLimits.Default;

    /// <summary>Networks whose NOTIFY is heard beside that of the primaries: a primary's other addresses, a relay.</summary>
    public ImmutableArray<IPNetwork> NotifySenders { get; init; } = [];
}

/// <summary>One primary in a common setting. Created disabled. Lower priority is tried first, then lower id.</summary>
public sealed record PrimaryNameServer(
    long Id, string Name, long CommonSettingId, IPAddress Address, int Port, long? TsigKeyId, int Priority, bool Enabled)
{
    /// <summary>TLS is required, on these terms (RFC 9103); null: UDP and TCP. Who we are is the server's setting.</summary>
    public TlsTerms? Tls { get; init; }

    /// <summary>Whether differences are asked for.</summary>
    public TransferMode TransferMode { get; init; }

    public IPEndPoint EndPoint => new(Address, Port);
}

/// <summary>What a primary is asked for when it has a newer version.</summary>
public enum TransferMode
{
    /// <summary>The differences (IXFR), and the whole zone where these are no good.</summary>
    Incremental,

    /// <summary>The whole zone (AXFR) each time: for a primary whose differences are wrong.</summary>
    Whole,
}

/// <summary>Who may transfer a common setting's zones from us: both the network and, where given, the key must match.</summary>
public sealed record ZoneTransferAcl(long Id, long CommonSettingId, IPNetwork Network, long? TsigKeyId)
{
    /// <summary>Whether the transfer must come over TLS 1.3 with ALPN <c>dot</c> (RFC 9103).</summary>
    public bool RequireTls { get; init; }

    /// <summary>SHA-256 in base64 of the key that the client must prove to have by a certificate over such a connection; null: none.</summary>
    public string? ClientPin { get; init; }
}

/// <summary>Whom we tell of new versions of a common setting's zones.</summary>
public sealed record NotifyTarget(long Id, long CommonSettingId, IPAddress Address, int Port, long? TsigKeyId)
{
    public IPEndPoint EndPoint => new(Address, Port);
}

/// <summary>
/// A zone this service knows. The id is its incarnation: a zone removed and added again has another one, so that nothing kept for the old one is served.
/// </summary>
/// <param name="ProxyEnabled">Whether the zone is transferred from its primaries. Off: it keeps what it last had.</param>
/// <param name="ZoneFile">The master file the zone comes from instead of a transfer; absolute path.</param>
public sealed record ManagedZone(long Id, DomainName Name, long CommonSettingId, bool ProxyEnabled, bool HiddenPrimary, string? ZoneFile, string Comment)
{
    /// <summary>What stands for this incarnation of the zone in the catalogs that we make: a label that nobody can guess.</summary>
    public string MemberId { get; init; } = "";

    /// <summary>The catalog, another server's, that may take the zone over from ours (RFC 9432 §4.4.1).</summary>
    public DomainName? NewCatalog { get; init; }
}

/// <summary>One of this service's host names that belong in the zones' NS records.</summary>
public sealed record ManagedNameServer(long Id, DomainName HostName, ImmutableArray<IPAddress> Addresses);

/// <summary>How the server runs. Port 0 picks a free port; the server's status tells which.</summary>
/// <param name="TransferSources">Source addresses for what we send to primaries, at most one a family; none: the system chooses.</param>
/// <param name="UdpThreads">Threads that answer UDP; 0: one a core.</param>
public sealed record ServerSettings(
    ImmutableArray<IPAddress> ListenAddresses, int Port, ImmutableArray<IPAddress> TransferSources, string NodeName, int UdpThreads)
{
    public static readonly ServerSettings Default = new([IPAddress.Any, IPAddress.IPv6Any], 53, [], "", 0);

    /// <summary>What the server says of its software where it is asked (<c>CH TXT version.bind</c>). Empty: nothing.</summary>
    public string VersionText { get; init; } = "";

    /// <summary>The port for DNS over TLS (RFC 7858) on all listen addresses; 0 picks a free one; null: none. It needs an <see cref="Identity"/>.</summary>
    public int? TlsPort { get; init; }

    /// <summary>The certificate with which the server answers over TLS, and shows itself to primaries that ask for one.</summary>
    public TlsIdentity? Identity { get; init; }

    public CookieSettings Cookies { get; init; } = CookieSettings.Default;

    /// <summary>How often the server runs each zone's health check; zero: never.</summary>
    public TimeSpan HealthCheckInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Null: responses are not limited.</summary>
    public RateLimitSettings? RateLimit { get; init; }

    public TcpSettings Tcp { get; init; } = new();

    public LookupSettings Lookups { get; init; } = LookupSettings.Default;
}

/// <summary>Everything the cmdlets have set, as of one generation. Immutable: the server compares two of them and applies the difference.</summary>
public sealed record ServiceSettings
{
    public static readonly ServiceSettings Empty = new();

    public long Generation { get; init; }

    public ServerSettings Server { get; init; } = ServerSettings.Default;

    public ImmutableDictionary<long, TsigKeySetting> TsigKeys { get; init; } = ImmutableDictionary<long, TsigKeySetting>.Empty;

    public ImmutableDictionary<long, CommonSetting> CommonSettings { get; init; } = ImmutableDictionary<long, CommonSetting>.Empty;

    public ImmutableArray<PrimaryNameServer> Primaries { get; init; } = [];

    public ImmutableArray<ZoneTransferAcl> ZoneTransferAcls { get; init; } = [];

    public ImmutableArray<NotifyTarget> NotifyTargets { get; init; } = [];

    public ImmutableArray<ManagedZone> Zones { get; init; } = [];

    public ImmutableArray<ManagedNameServer> NameServers { get; init; } = [];

    /// <summary>The managed zones that are catalogs, by their ids.</summary>
    public ImmutableDictionary<long, CatalogZone> Catalogs { get; init; } = ImmutableDictionary<long, CatalogZone>.Empty;

    /// <summary>The zones that are signed here, by their ids.</summary>
    public ImmutableDictionary<long, ZoneSigning> ZoneSignings { get; init; } = ImmutableDictionary<long, ZoneSigning>.Empty;
}
