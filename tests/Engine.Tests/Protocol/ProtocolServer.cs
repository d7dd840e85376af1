using System.Net;
using System.Text;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Cookies;
using ManagedDns.Engine.RateLimiting;
using ManagedDns.Engine.Tests.Zones;
using ManagedDns.Engine.Transports;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Protocol;

/// <summary>The server that the protocol battery talks to: one small zone, one TSIG key, real sockets on loopback, one UDP thread.</summary>
public sealed class ProtocolServer : IAsyncLifetime
{
    // TXT records of about so many octets, to be asked for where the size of the answer matters.
    public const string NameOf400 = "t400.example.";
    public const string NameOf480 = "t480.example.";
    public const string NameOf800 = "t800.example.";
    public const string NameOf4000 = "t4000.example.";

    public static readonly TsigKey Key = new(DomainName.Parse("key."), TsigAlgorithm.HmacSha256, Encoding.ASCII.GetBytes("a secret of 32 octets, more or l"));

    private static readonly string s_zone = $"""
        @ 3600 IN SOA ns1 hostmaster 7 3600 900 604800 300
        @ 3600 IN NS ns1
        ns1 3600 IN A 192.0.2.1
        www 3600 IN A 192.0.2.80
        *.wild 3600 IN A 192.0.2.81
        alias 3600 IN CNAME www
        sub 3600 IN NS ns.sub
        ns.sub 3600 IN A 192.0.2.53
        {Texts("t400", 2)}
        {Texts("t480", 2, 215)}
        {Texts("t800", 4)}
        {Texts("t4000", 20)}

        """;

    private readonly TimeProvider _time;
    private readonly TcpLimits? _limits;
    private readonly ZoneTable _zones;
    private readonly QueryProcessor _processor;
    private readonly AnswerContext _context = new();
    private Listener? _listener;
    private readonly byte[] _buffer = new byte[ushort.MaxValue + AnswerContext.Slack];

    public ProtocolServer()
        : this(TimeProvider.System)
    {
    }

    internal ProtocolServer(TimeProvider time, TcpLimits? limits = null)
    {
        _time = time;
        _limits = limits;
        _zones = new ZoneTable();
        _zones.Publish(ZoneFiles.Build("example.", s_zone));
        _processor = new QueryProcessor(_zones, _time)
        {
            Options = AnsweringOptions.Default with
            {
                NodeName = "battery",
                Version = "battery",
                Cookies = new ServerCookies(CookieSettings.Default, (uint)_time.GetUtcNow().ToUnixTimeSeconds()),
                Keys = new TsigKeyRing([Key]),
            },
        };
    }

    public QueryProcessor Processor => _processor;

    public IPEndPoint EndPoint => _listener!.EndPoint;

    public DateTimeOffset Now => _time.GetUtcNow();

    public void Limit(ResponseRateLimiter limiter) => _processor.Options = _processor.Options with { RateLimiter = limiter };

    /// <summary>One message past the sockets; empty: silence.</summary>
    public byte[] Process(byte[] message, bool overUdp)
    {
        message.CopyTo(_buffer, 0);
        var length = _processor.Answer(
            _context, _buffer, message.Length, overUdp ? Transport.Udp : Transport.Tcp, new IPEndPoint(IPAddress.Loopback, 5353), out _);
        return _buffer[..length];
    }

    public async ValueTask InitializeAsync() =>
        _listener = await Listener.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), _processor, limits: _limits, udpThreads: 1, time: _time);

    public async ValueTask DisposeAsync()
    {
        await _listener!.DisposeAsync();
        _context.Dispose();
        _zones.Dispose();
    }

    private static string Texts(string owner, int records, int length = 185) =>
        string.Join('\n', Enumerable.Range(0, records).Select(i => $"{owner} 300 IN TXT \"{i:D3}{new string('x', length)}\""));
}
