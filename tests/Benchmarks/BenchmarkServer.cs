using System.Net;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Benchmarks;

/// <summary>A query processor with the benchmarks' zone, and queries for one kind of answer in memory.</summary>
internal sealed class BenchmarkServer : IDisposable
{
    // Enough different names that they do not all stay in the first-level cache.
    private const int Queries = 4096;

    private readonly ZoneTable _zones = new();
    private readonly AnswerContext _context = new();
    private readonly byte[] _buffer = GC.AllocateArray<byte>(4096 + AnswerContext.Slack, pinned: true);
    private readonly byte[][] _queries = new byte[Queries][];
    private readonly IPEndPoint[] _clients = new IPEndPoint[Queries];
    private readonly QueryProcessor _processor;
    private int _next;

    /// <param name="change">Makes another query of each, such as one with a cookie.</param>
    /// <exception cref="InvalidOperationException">A query is not answered as its kind says.</exception>
    public BenchmarkServer(AnswerKind kind, ZoneKind zoneKind, AnsweringOptions? options = null, Func<byte[], byte[]>? change = null)
    {
        using var zone = BenchmarkZone.Build(zoneKind);
        _zones.Publish(zone);
        _processor = new QueryProcessor(_zones, TimeProvider.System) { Options = options ?? AnsweringOptions.Default };
        var random = new Random(1);
        for (var i = 0; i < Queries; i++)
        {
            // Each in a network of its own, as rate limiting counts them.
            _clients[i] = new IPEndPoint(new IPAddress([10, (byte)(i >> 8), (byte)i, 1]), 5353);
            _queries[i] = QueryMaker.Make(kind, random, zoneKind != ZoneKind.Unsigned);
            _queries[i] = change?.Invoke(_queries[i]) ?? _queries[i];
            if (!QueryMaker.IsAnsweredAs(kind, _buffer.AsSpan(0, Answer())))
            {
                throw new InvalidOperationException($"This would measure something else than {kind}.");
            }
        }
    }

    /// <returns>The octets of the answer.</returns>
    public int Answer()
    {
        var number = _next++ % Queries;
        var query = _queries[number];
        query.CopyTo(_buffer, 0);
        return _processor.Answer(_context, _buffer, query.Length, Transport.Udp, _clients[number], out _);
    }

    public void Dispose()
    {
        _context.Dispose();
        _zones.Dispose();
    }
}
