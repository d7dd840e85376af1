using System.Diagnostics;
using System.Management.Automation;
using System.Net;
using System.Security;
using ManagedDns.Dns.Client;
using ManagedDns.KeyFiles;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Changes how the server runs. A running server applies the change at once.</summary>
/// <example>
/// <code>Set-SecondaryServer -ListenAddress 127.0.0.1, ::1 -Port 5353</code>
/// Sets where the server answers; a running one moves at once.
/// </example>
/// <example>
/// <code>Set-SecondaryServer -HealthCheckInterval 00:15:00</code>
/// Has it run the health check of each zone every quarter of an hour.
/// </example>
/// <example>
/// <code>Set-SecondaryServer -RateLimit 100 -RateLimitIPv6PrefixLength 48 -TcpConnectionLimit 10000 -TcpIdleTimeout 00:00:05</code>
/// Answers at most a hundred like queries a second from one network over UDP, with IPv6 from a /48, and keeps more TCP connections for a shorter
/// time.
/// </example>
[Cmdlet(VerbsCommon.Set, "SecondaryServer", SupportsShouldProcess = true)]
[OutputType(typeof(SecondaryServerInfo))]
public sealed class SetSecondaryServerCommand : ChangeCmdlet
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    private static readonly string[] s_limitDetails =
        [nameof(RateLimitWindow), nameof(RateLimitSlip), nameof(RateLimitIPv4PrefixLength), nameof(RateLimitIPv6PrefixLength), nameof(RateLimitExempt)];

    /// <summary>
    /// The addresses to answer on; 0.0.0.0 and :: stand for all. A machine with several addresses that does not run Linux should name them: for
    /// all, its system chooses the address that an answer leaves by.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Address(AllowsNull = true)]
    public IPAddress[]? ListenAddress { get; set; }

    /// <summary>For UDP and TCP; 0 picks a free one, and Get-SecondaryServer tells it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, 65535)]
    [Number]
    public int Port { get; set; }

    /// <summary>The addresses that transfers are asked from, at most one a family; none leaves it to the system.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyCollection]
    [Address(AllowsNull = true)]
    public IPAddress[]? TransferSource { get; set; }

    /// <summary>This server's name among those that share its address, told as NSID and as CH TXT id.server; an empty one is not told.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string? NodeName { get; set; }

    /// <summary>What CH TXT version.bind and version.server tell; an empty text is not told.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string? VersionText { get; set; }

    /// <summary>Whether DNS cookies are given and checked (RFC 7873).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public bool CookieEnabled { get; set; }

    /// <summary>
    /// The secret that makes and checks cookies, 32 hexadecimal digits, the same on all servers of one address; null: the server makes its own.
    /// </summary>
    [Parameter]
    [AllowNull]
    [Secret(AllowsNull = true)]
    public SecureString? CookieSecret { get; set; }

    /// <summary>A secret that checks cookies only: the next one before all servers have it, or the last one; null: none.</summary>
    [Parameter]
    [AllowNull]
    [Secret(AllowsNull = true)]
    public SecureString? OtherCookieSecret { get; set; }

    /// <summary>Like responses a second over UDP to one network; 0: not limited.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, RateLimitSettings.MaxResponsesPerSecond)]
    [Number]
    public int RateLimit { get; set; }

    /// <summary>The seconds over which the rate is measured.</summary>
    [Parameter]
    [ValidateRange(1, RateLimitSettings.MaxWindow)]
    [Number]
    public int RateLimitWindow { get; set; }

    /// <summary>Every which response over the limit is sent truncated; 0: none.</summary>
    [Parameter]
    [ValidateRange(0, RateLimitSettings.MaxSlip)]
    [Number]
    public int RateLimitSlip { get; set; }

    /// <summary>The leading bits of an IPv4 address that make one network.</summary>
    [Parameter]
    [ValidateRange(1, 32)]
    [Number]
    public int RateLimitIPv4PrefixLength { get; set; }

    /// <summary>The leading bits of an IPv6 address that make one network.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    [Number]
    public int RateLimitIPv6PrefixLength { get; set; }

    /// <summary>Networks that are never limited.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[]? RateLimitExempt { get; set; }

    /// <summary>TCP connections at a time on each listen address, and as many over TLS; one more closes the one that has been idle longest.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, TcpSettings.MostConnections)]
    [Number]
    public int TcpConnectionLimit { get; set; }

    /// <summary>Of those, connections of one client; one more is closed at once.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, TcpSettings.MostConnections)]
    [Number]
    public int TcpClientConnectionLimit { get; set; }

    /// <summary>How long a TCP connection may be idle, or a client leave an answer: a second to an hour. Clients are told (RFC 7828).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Duration]
    public TimeSpan TcpIdleTimeout { get; set; }

    /// <summary>Threads that answer over UDP; 0: one a core.</summary>
    [Parameter]
    [ValidateRange(0, 1024)]
    [Number]
    public int UdpThreads { get; set; }

    /// <summary>
    /// The port for DNS over TLS (RFC 7858) on all listen addresses, usually 853; 0 picks a free one; null closes it. It needs a certificate.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Number(AllowsNull = true)]
    public int? TlsPort { get; set; }

    /// <summary>
    /// The server's certificate, which it shows to clients over TLS and to primaries that ask for it: a PEM file, the certificate first and then
    /// those between it and
    /// its authority, or a PKCS #12 file. It is copied into the store, sealed; give it again when it was renewed. An empty path takes it away.
    /// </summary>
    [Parameter]
    [AllowEmptyString]
    public string? CertificatePath { get; set; }

    /// <summary>The certificate's private key in PEM; without it the key is in the certificate's file.</summary>
    [Parameter]
    public string? PrivateKeyPath { get; set; }

    /// <summary>Opens the PKCS #12 file or the encrypted private key.</summary>
    [Parameter]
    [Secret]
    public SecureString? CertificatePassword { get; set; }

    /// <summary>How often the server runs each zone's health check by itself: a minute to 30 days; 0 for never.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Duration]
    public TimeSpan HealthCheckInterval { get; set; }

    /// <summary>
    /// Root servers of your own, as address or address:port, from which the parents of zones are found; an empty list: the Internet's.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyCollection]
    public string[]? RootHint { get; set; }

    /// <summary>Resolving name servers to ask, as address or address:port, instead of going down from the root; an empty list: none.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyCollection]
    public string[]? Resolver { get; set; }

    /// <summary>The port of name servers that are found by their names; for tests on one machine.</summary>
    [Parameter(DontShow = true)]
    [ValidateRange(1, 65535)]
    [Number]
    public int LookupPort { get; set; }

    /// <summary>Writes the server to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        var old = Store.Server.Get();
        var changed = old with
        {
            ListenAddresses = ListenAddress is null ? old.ListenAddresses : [.. ListenAddress],
            Port = IsBound(nameof(Port)) ? Port : old.Port,
            TransferSources = TransferSource is null ? old.TransferSources : [.. TransferSource],
            NodeName = NodeName ?? old.NodeName,
            VersionText = VersionText ?? old.VersionText,
            Cookies = Cookies(old.Cookies),
            RateLimit = Limit(old.RateLimit),
            Tcp = Limit(old.Tcp),
            UdpThreads = IsBound(nameof(UdpThreads)) ? UdpThreads : old.UdpThreads,
            TlsPort = IsBound(nameof(TlsPort)) ? TlsPort : old.TlsPort,
            Identity = CertificatePath is null ? old.Identity : CertificatePath.Length == 0 ? null : ReadIdentity(CertificatePath),
            HealthCheckInterval = IsBound(nameof(HealthCheckInterval)) ? HealthCheckInterval : old.HealthCheckInterval,
            Lookups = new(
                RootHint is null ? old.Lookups.RootHints : [.. RootHint.Select(Names.EndPoint)],
                Resolver is null ? old.Lookups.Resolvers : [.. Resolver.Select(Names.EndPoint)],
                IsBound(nameof(LookupPort)) ? LookupPort : old.Lookups.Port),
        };
        if (ShouldProcess($"Secondary server of '{StoreFolderPath}'", "Set"))
        {
            Enqueue(StoreFolderPath, () => Store.Server.Update(_ => changed));
        }
    }

    private TlsIdentity ReadIdentity(string path) => CertificateFile.Read(
        PathOf(path), PrivateKeyPath is null ? null : PathOf(PrivateKeyPath), CertificatePassword);

    protected override void Finish()
    {
        base.Finish();
        if (!IsWhatIf)
        {
            WarnOfWhatTheServerCannot();
        }

        if (PassThru)
        {
            WriteObject(ServerView.Show(Store));
        }
    }

    private CookieSettings Cookies(CookieSettings old) => new(
        IsBound(nameof(CookieEnabled)) ? CookieEnabled : old.Enabled,
        IsBound(nameof(CookieSecret)) ? Secret(nameof(CookieSecret), CookieSecret) : old.Secret,
        IsBound(nameof(OtherCookieSecret)) ? Secret(nameof(OtherCookieSecret), OtherCookieSecret) : old.OtherSecret);

    private static CookieSecret? Secret(string parameter, SecureString? secret)
    {
        try
        {
            return secret is null ? null : Model.CookieSecret.Parse(new NetworkCredential("", secret).Password);
        }
        catch (FormatException e)
        {
            throw Names.Invalid(parameter, e.Message, "openssl rand -hex 16 makes one; BIND's, NSD's and Knot's have the same form.");
        }
    }

    private RateLimitSettings? Limit(RateLimitSettings? old)
    {
        var isLimited = IsBound(nameof(RateLimit)) ? RateLimit > 0 : old is not null;
        if (!isLimited)
        {
            return s_limitDetails.FirstOrDefault(IsBound) is not { } detail ? null : throw Names.Invalid(
                detail, $"Responses are not limited, so -{detail} would have no effect.", "Give Set-SecondaryServer -RateLimit too, 1 or more.");
        }

        var limit = old ?? new RateLimitSettings();
        return limit with
        {
            ResponsesPerSecond = IsBound(nameof(RateLimit)) ? RateLimit : limit.ResponsesPerSecond,
            Window = IsBound(nameof(RateLimitWindow)) ? RateLimitWindow : limit.Window,
            Slip = IsBound(nameof(RateLimitSlip)) ? RateLimitSlip : limit.Slip,
            IPv4PrefixLength = IsBound(nameof(RateLimitIPv4PrefixLength)) ? RateLimitIPv4PrefixLength : limit.IPv4PrefixLength,
            IPv6PrefixLength = IsBound(nameof(RateLimitIPv6PrefixLength)) ? RateLimitIPv6PrefixLength : limit.IPv6PrefixLength,
            ExemptNetworks = RateLimitExempt is null ? limit.ExemptNetworks : [.. RateLimitExempt.Select(Names.ParseNetwork)],
        };
    }

    private TcpSettings Limit(TcpSettings old) => new(
        IsBound(nameof(TcpConnectionLimit)) ? TcpConnectionLimit : old.MaxConnections,
        IsBound(nameof(TcpClientConnectionLimit)) ? TcpClientConnectionLimit : old.MaxConnectionsPerClient)
    {
        IdleTimeout = IsBound(nameof(TcpIdleTimeout)) ? TcpIdleTimeout : old.IdleTimeout,
    };

    // The server keeps to its old addresses when it cannot have the new ones; the one who asked should hear it.
    private void WarnOfWhatTheServerCannot()
    {
        var generation = Store.Generation;
        var started = Stopwatch.GetTimestamp();
        while (RunningServer.Find(Store) is { } running)
        {
            if (running.AppliedGeneration >= generation)
            {
                if (running.Failure is { } failure)
                {
                    WriteWarning($"The running server keeps to its addresses: {failure.Message} {failure.Remedy}");
                }

                return;
            }

            if (Stopwatch.GetElapsedTime(started) > s_patience)
            {
                WriteWarning($"The running server has not taken the change up within {s_patience.TotalSeconds} seconds. Get-SecondaryServer shows when it has.");
                return;
            }

            Cancellation.WaitHandle.WaitOne(s_look);
            Cancellation.ThrowIfCancellationRequested();
        }
    }
}
