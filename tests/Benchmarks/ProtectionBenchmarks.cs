using BenchmarkDotNet.Attributes;
using ManagedDns.Engine.Cookies;
using ManagedDns.Engine.RateLimiting;
using ManagedDns.Model;

namespace ManagedDns.Benchmarks;

/// <summary>What cookies and rate limiting add to one answer.</summary>
[MemoryDiagnoser]
public class ProtectionBenchmarks
{
    private static readonly byte[] s_client = [192, 0, 2, 1];

    private readonly ServerCookies _cookies = new(CookieSettings.Default, 1_000_000);
    private readonly ResponseRateLimiter _limiter = new(new RateLimitSettings(RateLimitSettings.MaxResponsesPerSecond));
    private readonly byte[] _cookie = new byte[ServerCookies.OptionLength];
    private readonly byte[] _answer = new byte[ServerCookies.OptionLength];
    private ulong _now;

    [GlobalSetup]
    public void Setup() => _cookies.Write(CookieVerdict.ClientOnly, new byte[8], s_client, 1_000_000, _cookie);

    [Benchmark]
    public CookieVerdict CheckCookie() => _cookies.Check(_cookie, s_client, 1_000_000);

    [Benchmark]
    public void MakeCookie() => _cookies.Write(CookieVerdict.ClientOnly, _cookie, s_client, 1_000_000, _answer);

    [Benchmark]
    public RateLimitDecision LimitWithinTheRate() => _limiter.Decide(s_client, ResponseKind.Answer, subject: 1, _now += 10);

    [Benchmark]
    public RateLimitDecision LimitAFlood() => _limiter.Decide(s_client, ResponseKind.Answer, subject: 2, _now += 1);
}
