using ManagedDns.Dns.Tsig;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Cookies;
using ManagedDns.Engine.RateLimiting;
using ManagedDns.Model;

namespace ManagedDns.Engine.Plans;

/// <summary>
/// Turns settings into what answers depend on, and keeps what has to outlive a change of other settings: the cookie secret that the server has made
/// itself, and the accounts of rate limiting. For one caller at a time.
/// </summary>
internal sealed class AnsweringPlan(TimeProvider time, KeyWitness? witness = null)
{
    private readonly ServerCookies _cookies = new(CookieSettings.Default, Now(time));
    private RateLimitSettings? _limit;
    private ResponseRateLimiter? _limiter;

    public AnsweringOptions OptionsFor(ServicePlan plan)
    {
        var server = plan.Settings.Server;
        _cookies.Apply(server.Cookies, Now(time));
        if (server.RateLimit != _limit)
        {
            _limit = server.RateLimit;
            _limiter = _limit is null ? null : new ResponseRateLimiter(_limit);
        }

        return AnsweringOptions.Default with
        {
            NodeName = server.NodeName,
            Version = server.VersionText,
            Keys = new TsigKeyRing(plan.Keys.Values),
            Witness = witness,
            Cookies = server.Cookies.Enabled ? _cookies : null,
            RateLimiter = _limiter,
            TcpIdleTimeout = server.Tcp.IdleTimeout,
        };
    }

    private static uint Now(TimeProvider time) => (uint)time.GetUtcNow().ToUnixTimeSeconds();
}
