using System.Net;
using BenchmarkDotNet.Attributes;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Benchmarks;

/// <summary>Kinds of answers, each with its own way through the zone.</summary>
public enum AnswerKind
{
    Host, NoData, NXDomain, Referral, Wildcard, Alias, Refused,
}

/// <summary>The answer path alone, past the sockets: nanoseconds and octets allocated per UDP answer, by kind of answer.</summary>
[MemoryDiagnoser]
public class AnswerBenchmarks : IDisposable
{
    // Enough different names that they do not all stay in the first-level cache.
    private const int Queries = 4096;

    private readonly ZoneTable _zones = new();
    private readonly AnswerContext _context = new();
    private readonly byte[] _buffer = GC.AllocateArray<byte>(4096 + AnswerContext.Slack, pinned: true);
    private readonly byte[][] _queries = new byte[Queries][];
    private readonly IPEndPoint _client = new(IPAddress.Loopback, 5353);
    private QueryProcessor _processor = null!;
    private int _next;

    [ParamsAllValues]
    public AnswerKind Kind { get; set; }

    /// <summary>A signed zone asked with DO=1, or an unsigned one without EDNS.</summary>
    [Params(false, true)]
    public bool Dnssec { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        using var zone = BenchmarkZone.Build(Dnssec);
        _zones.Publish(zone);
        _processor = new QueryProcessor(_zones, TimeProvider.System);
        var random = new Random(1);
        for (var i = 0; i < Queries; i++)
        {
            _queries[i] = QueryMaker.Make(Kind, random, Dnssec);
            if (!QueryMaker.IsAnsweredAs(Kind, _buffer.AsSpan(0, Answer())))
            {
                throw new InvalidOperationException($"This would measure something else than {Kind}.");
            }
        }
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _context.Dispose();
        _zones.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public int Answer()
    {
        var query = _queries[_next++ % Queries];
        query.CopyTo(_buffer, 0);
        return _processor.Answer(_context, _buffer, query.Length, Transport.Udp, _client, out _);
    }
}
