using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>What a validating resolver makes of a name.</summary>
internal enum Security
{
    Secure,

    /// <summary>An answer that nobody vouches for.</summary>
    Insecure,

    /// <summary>The resolver does not believe what it got.</summary>
    Bogus,

    /// <summary>No answer, and the signatures are not the reason: the machine was busy.</summary>
    Unknown,
}

/// <summary>Unbound as a validating resolver that believes one root key and keeps what it learns for as long as TTLs say.</summary>
internal sealed class Unbound : IAsyncDisposable
{
    private const string Program = "/usr/sbin/unbound";

    private static readonly QueryOptions s_options = new() { RecursionDesired = true, UdpPayloadSize = 4096, DnssecOk = true, Timeout = TimeSpan.FromSeconds(3) };

    private readonly DnsClient _client = new(TimeProvider.System);
    private readonly string _folder = Directory.CreateTempSubdirectory("managed-dns-unbound-").FullName;
    private readonly Process _process;
    private readonly Task<string> _output;

    /// <param name="servers">Where zones are asked for, the root among them.</param>
    public Unbound(DnsKey root, params (DomainName Zone, IPEndPoint Server)[] servers)
    {
        EndPoint = FreePort();
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
              trust-anchor: ". DS {RdataText.Format(RecordType.DS, RecordClass.IN, root.Ds(DomainName.Root, DsDigestType.Sha256))}"
              harden-algo-downgrade: yes
              ede: yes
              val-log-level: 2
              val-bogus-ttl: 0
              infra-host-ttl: 1
              target-fetch-policy: "0 0 0 0 0"
            remote-control:
              control-enable: no
            {string.Join('\n', servers.GroupBy(server => server.Zone).Select(zone => $"stub-zone:\n  name: \"{zone.Key}\"\n{string.Join('\n', zone.Select(Address))}"))}

            """);
        _process = Process.Start(new ProcessStartInfo(Program, ["-d", "-c", file]) { RedirectStandardError = true })!;
        _output = _process.StandardError.ReadToEndAsync();
    }

    public static bool IsInstalled => File.Exists(Program);

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

    private static string Address((DomainName Zone, IPEndPoint Server) server) => $"  stub-addr: {server.Server.Address}@{server.Server.Port}";

    private static bool IsBogus(ReadOnlySpan<byte> message)
    {
        var reader = new MessageReader(message, new byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            var options = record.Type == RecordType.OPT ? record.Rdata : default;
            while (EdnsOption.TryRead(ref options, out var option))
            {
                if (option.Code == EdnsOptionCode.ExtendedError && option.Data is [_, >= (byte)ExtendedErrorCode.DnssecBogus and <= (byte)ExtendedErrorCode.NsecMissing, ..])
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static IPEndPoint FreePort()
    {
        while (true)
        {
            // Below the range of client sockets, so that none of them takes it before the process does.
            var candidate = new IPEndPoint(IPAddress.Loopback, Random.Shared.Next(10_000, 32_000));
            try
            {
                using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                udp.Bind(candidate);
                tcp.Bind(candidate);
                return candidate;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
            }
        }
    }
}
