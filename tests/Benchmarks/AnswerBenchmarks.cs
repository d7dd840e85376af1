using BenchmarkDotNet.Attributes;

namespace ManagedDns.Benchmarks;

/// <summary>The answer path alone, past the sockets: nanoseconds and octets allocated per UDP answer, by kind of answer.</summary>
[MemoryDiagnoser]
public class AnswerBenchmarks : IDisposable
{
    private BenchmarkServer _server = null!;

    [ParamsAllValues]
    public AnswerKind Kind { get; set; }

    [ParamsAllValues]
    public ZoneKind Zone { get; set; }

    [GlobalSetup]
    public void Setup() => _server = new BenchmarkServer(Kind, Zone);

    [GlobalCleanup]
    public void Dispose()
    {
        _server?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public int Answer() => _server.Answer();
}
