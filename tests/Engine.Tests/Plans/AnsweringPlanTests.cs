using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Cookies;
using ManagedDns.Engine.Plans;
using ManagedDns.Model;
using Microsoft.Extensions.Time.Testing;

namespace ManagedDns.Engine.Tests.Plans;

public sealed class AnsweringPlanTests
{
    private static readonly byte[] s_client = [192, 0, 2, 1];

    private readonly AnsweringPlan _plan = new(new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_000_000)));

    [Fact]
    public void A_cookie_of_the_servers_own_secret_stays_good_when_other_settings_change()
    {
        var cookie = Cookie(For(ServerSettings.Default));

        var options = For(ServerSettings.Default with { NodeName = "other" });

        Assert.Equal("other", options.NodeName);
        Assert.Equal(CookieVerdict.Valid, options.Cookies!.Check(cookie, s_client, 1_000_000));
    }

    [Fact]
    public void Cookies_can_be_disabled_and_given_a_shared_secret()
    {
        var own = Cookie(For(ServerSettings.Default));
        var secret = CookieSecret.Create();

        Assert.Null(For(ServerSettings.Default with { Cookies = new CookieSettings(Enabled: false) }).Cookies);
        Assert.Equal(CookieVerdict.Bad, For(Shared(secret)).Cookies!.Check(own, s_client, 1_000_000));
        Assert.Equal(CookieVerdict.Valid, For(Shared(secret)).Cookies!.Check(Cookie(new ServerCookies(Shared(secret).Cookies, 0)), s_client, 1_000_000));
    }

    [Fact]
    public void Accounts_of_rate_limiting_last_until_its_own_settings_change()
    {
        Assert.Null(For(ServerSettings.Default).RateLimiter);
        var first = For(ServerSettings.Default with { RateLimit = new RateLimitSettings(100) }).RateLimiter;

        Assert.NotNull(first);
        Assert.Same(first, For(ServerSettings.Default with { RateLimit = new RateLimitSettings(100), NodeName = "other" }).RateLimiter);
        Assert.NotSame(first, For(ServerSettings.Default with { RateLimit = new RateLimitSettings(200) }).RateLimiter);
        Assert.Null(For(ServerSettings.Default).RateLimiter);
    }

    [Fact]
    public void What_the_server_tells_of_itself_is_what_is_set()
    {
        Assert.Equal(("", ""), (For(ServerSettings.Default).NodeName, For(ServerSettings.Default).Version));

        var options = For(ServerSettings.Default with { NodeName = "a", VersionText = "none of your business" });

        Assert.Equal(("a", "none of your business"), (options.NodeName, options.Version));
    }

    private static ServerSettings Shared(CookieSecret secret) => ServerSettings.Default with { Cookies = new CookieSettings(true, secret) };

    private static byte[] Cookie(AnsweringOptions options) => Cookie(options.Cookies!);

    private static byte[] Cookie(ServerCookies cookies)
    {
        var cookie = new byte[ServerCookies.OptionLength];
        cookies.Write(CookieVerdict.ClientOnly, new byte[8], s_client, 1_000_000, cookie);
        return cookie;
    }

    private AnsweringOptions For(ServerSettings server) => _plan.OptionsFor(ServicePlan.From(new ServiceSettings { Server = server }, ServicePlan.Empty));
}
