using System.Diagnostics;
using System.Globalization;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Wire;

namespace ManagedDns.TestKit.Signing;

/// <summary>What a validating resolver makes of a name.</summary>
public enum Security
{
    Secure,

    /// <summary>An answer that nobody vouches for.</summary>
    Insecure,

    /// <summary>The resolver does not believe what it got.</summary>
    Bogus,

    /// <summary>No answer, and the signatures are not the reason: the machine was busy.</summary>
    Unknown,
}

/// <summary>Unbound as a validating resolver that believes some keys and keeps what it learns for as long as TTLs say.</summary>
public sealed class Unbound : IAsyncDisposable
{
    private const string Program = "/usr/sbin/unbound";

    private static readonly QueryOptions s_options =
        new() { RecursionDesired = true, UdpPayloadSize = 4096, DnssecOk = true, Timeout = TimeSpan.FromSeconds(3) };

    private readonly DnsClient _client = new(TimeProvider.System);
    private readonly string _folder = Directory.CreateTempSubdirectory("managed-dns-unbound-").FullName;
    private readonly Process _process;
    private readonly Task<string> _output;

    /// <param name="trusted">What it begins with: keys that belong to zones.</param>
    /// <param name="servers">Where zones are asked for, the root among them.</param>
    /// <param name="at">The time that it takes it to be; null: now.</param>
    /// <param name="asksAlways">Takes no denial from what it has been shown for other names (RFC 8198).</param>
    public Unbound(
        IEnumerable<(DomainName Zone, DnsKey Key)> trusted, IEnumerable<(DomainName Zone, IPEndPoint Server)> servers, DateTimeOffset? at = null,
        bool asksAlways = false)
    {
        EndPoint = LoopbackPort.Free();
        var file = Path.Combine(_folder, "unbound.conf");
        File.WriteAllText(file, $"""
            server:
              directory: "{_folder}"
              chroot: ""
              username: ""
              pidfile: ""
              use-syslog: no
              logfile: ""
              interface: {EndPoint.Address}
              port: {EndPoint.Port}
              do-not-query-localhost: no
              module-config: "validator iterator"
              harden-algo-downgrade: yes
              unblock-lan-zones: yes
              aggressive-nsec: {(asksAlways ? "no" : "yes")}
              ede: yes
              val-log-level: 2
              val-bogus-ttl: 0
              infra-host-ttl: 1
              target-fetch-policy: "0 0 0 0 0"
              {(at is { } time ? $"val-override-date: \"{time.UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture)}\"" : "")}
            {string.Join('\n', trusted.Select(anchor => $"  trust-anchor: \"{Anchor(anchor.Zone, anchor.Key)}\""))}
            remote-control:
              control-enable: no
            {string.Join('\n', servers.GroupBy(server => server.Zone).Select(Stub))}

            """);
        _process = Process.Start(new ProcessStartInfo(Program, ["-d", "-c", file]) { RedirectStandardError = true })!;
        _output = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Whether it is there; where all peers are required, it counts as if it were, so that what needs it fails.</summary>
    public static bool IsInstalled => File.Exists(Program) || Environment.GetEnvironmentVariable("MANAGEDDNS_REQUIRE_PEERS") == "1";

    public IPEndPoint EndPoint { get; }

    public async Task<Security> JudgeAsync(DomainName name, RecordType type, CancellationToken cancellation)
    {
        DnsResponse response;
        try
        {
            response = await _client.QueryAsync(new(EndPoint), name, type, s_options, cancellation);
        }
        catch (DnsFailureException)
        {
            return Security.Unknown;
        }

        MessageHeader.TryRead(response.Message.Span, out var header);
        return response.Code is ResponseCode.NoError or ResponseCode.NXDomain
            ? (header.Flags & MessageHeader.AuthenticDataFlag) != 0 ? Security.Secure : Security.Insecure
            : IsBogus(response.Message.Span) ? Security.Bogus : Security.Unknown;
    }

    /// <summary>Ends it, and gives what it logged.</summary>
    public async Task<string> StopAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        return await _output;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Stub(IGrouping<DomainName, (DomainName Zone, IPEndPoint Server)> zone) =>
        $"stub-zone:\n  name: \"{zone.Key}\"\n{string.Join('\n', zone.Select(Address))}";

    private static string Anchor(DomainName zone, DnsKey key) =>
        $"{zone} DS {RdataText.Format(RecordType.DS, RecordClass.IN, key.Ds(zone, DsDigestType.Sha256))}";

    private static string Address((DomainName Zone, IPEndPoint Server) server) => $"  stub-addr: {server.Server.Address}@{server.Server.Port}";

    private static bool IsBogus(ReadOnlySpan<byte> message)
    {
        var reader = new MessageReader(message, new byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            var options = record.Type == RecordType.OPT ? record.Rdata : default;
            while (EdnsOption.TryRead(ref options, out var option))
            {
                if (option.Code == EdnsOptionCode.ExtendedError
                    && option.Data is [_, >= (byte)ExtendedErrorCode.DnssecBogus and <= (byte)ExtendedErrorCode.NsecMissing, ..])
                {
                    return true;
                }
            }
        }

        return false;
    }
}
