using System.Text;
using ManagedDns.Dns.Client;
using ManagedDns.Model;
using ManagedDns.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Store.Tables;

/// <summary>How the server runs: one row. Cookie secrets lie sealed.</summary>
public sealed class ServerSettingTable
{
    private const long Row = 1;

    /// <summary>In UTF-8: what fits in a character-string of a TXT record, as which <c>id.server</c> and <c>version.bind</c> tell it.</summary>
    private const int MaxText = 255;

    private const string Cookie = "server_setting.cookie_secret";
    private const string TlsIdentityPlace = "server_setting.tls_identity";
    private const string OtherCookie = "server_setting.cookie_other_secret";

    private readonly StoreSession _session;

    private static readonly TimeSpan s_shortestInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_longestInterval = TimeSpan.FromDays(30);

    internal ServerSettingTable(StoreSession session) => _session = session;

    private Database Database => _session.Database;

    public ServerSettings Get() => Database.First(
        $"""
        SELECT listen_addresses, port, transfer_sources, node_name, udp_threads, cookies_enabled, cookie_secret, cookie_other_secret,
            rate_limit, rate_limit_window, rate_limit_slip, rate_limit_ipv4_prefix, rate_limit_ipv6_prefix, rate_limit_exempt, version_text,
            tls_port, tls_identity, health_check_interval, tcp_connections, tcp_connections_per_client, tcp_idle_timeout,
            root_hints, resolvers, lookup_port
        FROM server_setting WHERE id = {Row}
        """,
        Read)!;

    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>.</exception>
    public ServerSettings Update(Func<ServerSettings, ServerSettings> change) => _session.Change(() =>
    {
        var server = change(Get());
        Check(server);
        var limit = server.RateLimit;
        Database.Execute(
            $"""
            UPDATE server_setting SET listen_addresses = {server.ListenAddresses}, port = {server.Port}, transfer_sources = {server.TransferSources},
                node_name = {server.NodeName}, version_text = {server.VersionText}, udp_threads = {server.UdpThreads},
                cookies_enabled = {server.Cookies.Enabled}, cookie_secret = {Seal(Cookie, server.Cookies.Secret)},
                cookie_other_secret = {Seal(OtherCookie, server.Cookies.OtherSecret)},
                rate_limit = {limit?.ResponsesPerSecond}, rate_limit_window = {limit?.Window}, rate_limit_slip = {limit?.Slip},
                rate_limit_ipv4_prefix = {limit?.IPv4PrefixLength}, rate_limit_ipv6_prefix = {limit?.IPv6PrefixLength},
                rate_limit_exempt = {limit?.ExemptNetworks},
                tls_port = {server.TlsPort}, tls_identity = {Seal(server.Identity)}, health_check_interval = {(long)server.HealthCheckInterval.TotalSeconds},
                tcp_connections = {server.Tcp.MaxConnections}, tcp_connections_per_client = {server.Tcp.MaxConnectionsPerClient},
                tcp_idle_timeout = {(long)server.Tcp.IdleTimeout.TotalMilliseconds},
                root_hints = {server.Lookups.RootHints}, resolvers = {server.Lookups.Resolvers}, lookup_port = {server.Lookups.Port}
            WHERE id = {Row}
            """);
        return server;
    });

    /// <summary>Forgets the server's own secrets that cannot be opened; without its certificate DNS over TLS ends.</summary>
    internal IEnumerable<LostSecret> ForgetUnopened()
    {
        bool IsLost(string place, FormattableString sql) => Database.Blob(sql) is { } box && !_session.Secrets.Opens(place, Row, box);
        List<LostSecret> lost = [];
        if (IsLost(Cookie, $"SELECT cookie_secret FROM server_setting WHERE id = {Row}")
            || IsLost(OtherCookie, $"SELECT cookie_other_secret FROM server_setting WHERE id = {Row}"))
        {
            // Both: the one checks what the other made.
            Database.Execute($"UPDATE server_setting SET cookie_secret = NULL, cookie_other_secret = NULL WHERE id = {Row}");
            lost.Add(new(LostSecretKind.CookieSecret, ""));
        }

        if (IsLost(TlsIdentityPlace, $"SELECT tls_identity FROM server_setting WHERE id = {Row}"))
        {
            Database.Execute($"UPDATE server_setting SET tls_identity = NULL, tls_port = NULL WHERE id = {Row}");
            lost.Add(new(LostSecretKind.Certificate, ""));
        }

        return lost;
    }

    internal static bool AnySealed(Database database) =>
        database.Number($"SELECT count(*) FROM server_setting WHERE cookie_secret IS NOT NULL OR cookie_other_secret IS NOT NULL OR tls_identity IS NOT NULL") > 0;

    private ServerSettings Read(SqliteDataReader row) => new(row.Addresses(0), row.GetInt32(1), row.Addresses(2), row.GetString(3), row.GetInt32(4))
    {
        VersionText = row.GetString(14),
        TlsPort = (int?)row.Number(15),
        Identity = row.IsDBNull(16) ? null : TlsIdentity.FromPkcs12(_session.Secrets.Unseal(TlsIdentityPlace, Row, row.GetFieldValue<byte[]>(16))),
        Cookies = new CookieSettings(row.Flag(5), Unseal(row, 6, Cookie), Unseal(row, 7, OtherCookie)),
        RateLimit = row.IsDBNull(8) ? null : new RateLimitSettings(row.GetInt32(8), row.GetInt32(9), row.GetInt32(10))
        {
            IPv4PrefixLength = row.GetInt32(11),
            IPv6PrefixLength = row.GetInt32(12),
            ExemptNetworks = row.Networks(13),
        },
        HealthCheckInterval = TimeSpan.FromSeconds(row.GetInt64(17)),
        Tcp = new TcpSettings(row.GetInt32(18), row.GetInt32(19)) { IdleTimeout = TimeSpan.FromMilliseconds(row.GetInt64(20)) },
        Lookups = new LookupSettings(row.EndPoints(21), row.EndPoints(22), row.GetInt32(23)),
    };

    private byte[]? Seal(string place, CookieSecret? secret) => secret is null ? null : _session.Secrets.Seal(place, Row, secret.Octets);

    private byte[]? Seal(TlsIdentity? identity) => identity is null ? null : _session.Secrets.Seal(TlsIdentityPlace, Row, identity.ToPkcs12());

    private CookieSecret? Unseal(SqliteDataReader row, int column, string place) =>
        row.IsDBNull(column) ? null : new CookieSecret(_session.Secrets.Unseal(place, Row, row.GetFieldValue<byte[]>(column)));

    private static void Check(ServerSettings server)
    {
        if (server.ListenAddresses.IsDefaultOrEmpty)
        {
            throw StoreNoun.Invalid("ListenAddress", "The server needs an address to listen on.", "Give at least one; 0.0.0.0 and :: stand for all.");
        }

        if (server.Port is < 0 or > 65535)
        {
            throw StoreNoun.Invalid("Port", $"{server.Port} is no port.", "Give one from 1 to 65535, or 0 for a free one.");
        }

        if (server.TlsPort is < 0 or > 65535)
        {
            throw StoreNoun.Invalid("TlsPort", $"{server.TlsPort} is no port.", "Give one from 1 to 65535, or 0 for a free one.");
        }

        if (server.TlsPort is { } port && (server.Identity is null || (port == server.Port && port != 0)))
        {
            throw server.Identity is null
                ? StoreNoun.Invalid("TlsPort", "Without a certificate there is no TLS.", "Give one: Set-SecondaryServer -CertificatePath.")
                : StoreNoun.Invalid("TlsPort", $"Port {port} is the one for TCP already.", "Give another one; 853 is usual.");
        }

        if (server.TransferSources.GroupBy(address => address.AddressFamily).Any(family => family.Count() > 1))
        {
            throw StoreNoun.Invalid(
                "TransferSource", "There are two transfer sources of one address family.", "Give at most one IPv4 and one IPv6 address.");
        }

        if (Encoding.UTF8.GetByteCount(server.NodeName) > MaxText)
        {
            throw StoreNoun.Invalid(
                "NodeName", $"The node's name has more than {MaxText} octets.", "Give a shorter one: it goes into every answer that asks for it.");
        }

        if (Encoding.UTF8.GetByteCount(server.VersionText) > MaxText)
        {
            throw StoreNoun.Invalid("VersionText", $"The version text has more than {MaxText} octets.", "Give a shorter one: it goes into one TXT string.");
        }

        if (server.UdpThreads is < 0 or > 1024)
        {
            throw StoreNoun.Invalid("UdpThreads", $"{server.UdpThreads} is no number of threads.", "Give one from 1 to 1024, or 0 for one a core.");
        }

        if (server.HealthCheckInterval != TimeSpan.Zero && (server.HealthCheckInterval < s_shortestInterval || server.HealthCheckInterval > s_longestInterval))
        {
            throw StoreNoun.Invalid(
                "HealthCheckInterval", $"{server.HealthCheckInterval} is no interval of health checks.", "Give one from a minute to 30 days, or 0 for none.");
        }

        if (server.RateLimit is { } limit && !IsUsable(limit))
        {
            throw StoreNoun.Invalid(
                "RateLimit",
                "The response rate limit has a value out of range.",
                $"Responses a second: 1 to {RateLimitSettings.MaxResponsesPerSecond}; window: 1 to {RateLimitSettings.MaxWindow} s; "
                + $"slip: 0 to {RateLimitSettings.MaxSlip}; prefixes: 1 to 32 and 1 to 64.");
        }

        if (!IsUsable(server.Tcp))
        {
            throw StoreNoun.Invalid(
                "TcpConnectionLimit",
                "A limit of TCP connections has a value out of range.",
                $"Connections, in all and per client: 1 to {TcpSettings.MostConnections}; idle timeout: {TcpSettings.ShortestIdleTimeout} to {TcpSettings.LongestIdleTimeout}.");
        }
    }

    private static bool IsUsable(RateLimitSettings limit) =>
        limit.ResponsesPerSecond is >= 1 and <= RateLimitSettings.MaxResponsesPerSecond
        && limit.Window is >= 1 and <= RateLimitSettings.MaxWindow
        && limit.Slip is >= 0 and <= RateLimitSettings.MaxSlip
        && limit.IPv4PrefixLength is >= 1 and <= 32
        && limit.IPv6PrefixLength is >= 1 and <= 64;

    private static bool IsUsable(TcpSettings tcp) =>
        tcp.MaxConnections is >= 1 and <= TcpSettings.MostConnections
        && tcp.MaxConnectionsPerClient is >= 1 and <= TcpSettings.MostConnections
        && tcp.IdleTimeout >= TcpSettings.ShortestIdleTimeout && tcp.IdleTimeout <= TcpSettings.LongestIdleTimeout;
}
