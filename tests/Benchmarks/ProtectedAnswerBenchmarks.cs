using System.Text;
using BenchmarkDotNet.Attributes;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Cookies;
using ManagedDns.Engine.RateLimiting;
using ManagedDns.Model;

namespace ManagedDns.Benchmarks;

/// <summary>What is around the answer.</summary>
public enum Protection
{
    None,

    /// <summary>Rate limiting on, and no client near the limit.</summary>
    RateLimiting,

    /// <summary>The client sends its own cookie and gets the server's.</summary>
    NewCookie,

    /// <summary>The client's query is signed, and so is the answer.</summary>
    Tsig,
}

/// <summary>The same answer with and without what protects it: nanoseconds and octets allocated.</summary>
[MemoryDiagnoser]
public class ProtectedAnswerBenchmarks : IDisposable
{
    private static readonly TsigKey s_key = new(DomainName.Parse("bench.key"), TsigAlgorithm.HmacSha256, Encoding.ASCII.GetBytes("a secret of thirty-two octets...."));

    private BenchmarkServer _server = null!;

    [ParamsAllValues]
    public Protection Protection { get; set; }

    [GlobalSetup]
    public void Setup() => _server = new BenchmarkServer(AnswerKind.Host, ZoneKind.Unsigned, Options(), Change);

    [GlobalCleanup]
    public void Dispose()
    {
        _server?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public int Answer() => _server.Answer();

    private AnsweringOptions Options() => Protection switch
    {
        Protection.RateLimiting => AnsweringOptions.Default with { RateLimiter = new ResponseRateLimiter(new RateLimitSettings(RateLimitSettings.MaxResponsesPerSecond)) },
        Protection.NewCookie => AnsweringOptions.Default with { Cookies = new ServerCookies(CookieSettings.Default, (uint)DateTimeOffset.UtcNow.ToUnixTimeSeconds()) },
        Protection.Tsig => AnsweringOptions.Default with { Keys = new TsigKeyRing([s_key]) },
        _ => AnsweringOptions.Default,
    };

    private byte[] Change(byte[] query)
    {
        var buffer = new byte[query.Length + 256];
        query.CopyTo(buffer, 0);
        switch (Protection)
        {
            case Protection.NewCookie:
                // OPT with a COOKIE option of eight octets.
                byte[] opt = [0, 0, 41, 0x04, 0xD0, 0, 0, 0, 0, 0, 12, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8];
                opt.CopyTo(buffer, query.Length);
                buffer[MessageHeader.AdditionalCountOffset + 1] = 1;
                return buffer[..(query.Length + opt.Length)];
            case Protection.Tsig:
                using (var signer = TsigSigner.ForRequest(s_key))
                {
                    return buffer[..signer.Sign(buffer, query.Length, DateTimeOffset.UtcNow)];
                }

            default:
                return query;
        }
    }
}
