using System.Buffers.Binary;
using System.Net;
using ManagedDns.Engine.Cookies;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Cookies;

public sealed class ServerCookiesTests
{
    private const string Secret = "e5e973e5a6b2a43f48e7dc849e37bfcf";
    private const string Client = "198.51.100.100";
    private const string ClientOnly = "2464c4abcf10c957";
    private const string Cookie = "2464c4abcf10c957010000005cf79f111f8130c3eee29480";
    private const uint Made = 1559731985;
    private const int Day = 24 * 3600;

    [Theory]
    [InlineData("A.1", Secret, Client, ClientOnly, 1559731985, Cookie)]
    [InlineData("A.2", Secret, Client, Cookie, 1559734385, "2464c4abcf10c957010000005cf7a871d4a564a1442aca77")]
    [InlineData("A.3", Secret, "203.0.113.203", "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", 1559734700,
        "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e")]
    [InlineData("A.4", "445536bcd2513298075a5d379663c962", "2001:db8:220:1:59de:d0f4:8769:82b8", "22681ab97d52c298010000005cf7c57926556bd0934c72f8",
        1559741961, "22681ab97d52c298010000005cf7c609a6bb79d16625507a")]
    public void The_cookies_that_RFC_9018_appendix_A_shows_are_made(
        string example, string secret, string client, string query, uint now, string answer)
    {
        Assert.NotEmpty(example);
        Assert.Equal(answer, Answer(Shared(secret), query, client, now));
    }

    [Fact]
    public void Reserved_octets_that_another_implementation_set_are_covered_by_the_hash()
    {
        var cookies = Shared(Secret);
        const uint Learned = 1559727985;

        Assert.Equal(CookieVerdict.Valid, Check(cookies, "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", "203.0.113.203", Learned));
        Assert.Equal(CookieVerdict.Bad, Check(cookies, "fc93fc62807ddb8601abcdee5cf78f71a314227b6679ebf5", "203.0.113.203", Learned));
    }

    [Fact]
    public void A_cookie_of_the_secret_before_the_rollover_is_good_and_renewed()
    {
        const string Old = "dd3bdf9344b678b185a6f5cb60fca715";
        const string New = "445536bcd2513298075a5d379663c962";
        const string Address = "2001:db8:220:1:59de:d0f4:8769:82b8";
        const string Query = "22681ab97d52c298010000005cf7c57926556bd0934c72f8";

        Assert.Equal(CookieVerdict.ValidRenew, Check(Shared(New, Old), Query, Address, 1559741961));
        Assert.Equal("22681ab97d52c298010000005cf7c609a6bb79d16625507a", Answer(Shared(New, Old), Query, Address, 1559741961));
        Assert.Equal(CookieVerdict.Bad, Check(Shared(New), Query, Address, 1559741961));
    }

    [Theory]
    [InlineData(0, CookieVerdict.Valid)]
    [InlineData(1800, CookieVerdict.Valid)]
    [InlineData(1801, CookieVerdict.ValidRenew)]
    [InlineData(3600, CookieVerdict.ValidRenew)]
    [InlineData(3601, CookieVerdict.Bad)]
    [InlineData(-300, CookieVerdict.Valid)]
    [InlineData(-301, CookieVerdict.Bad)]
    [InlineData(0x7FFFFFFF, CookieVerdict.Bad)]
    public void A_cookie_lives_an_hour_and_is_renewed_after_half_of_it(int age, CookieVerdict expected) =>
        Assert.Equal(expected, Check(Shared(Secret), Cookie, Client, (uint)(Made + age)));

    [Fact]
    public void A_cookie_made_just_before_the_clock_wraps_in_2106_is_good_after_it()
    {
        var cookies = Shared(Secret);
        var made = Answer(cookies, ClientOnly, Client, uint.MaxValue - 10);

        Assert.Equal(CookieVerdict.Valid, Check(cookies, made, Client, 20));
        Assert.Equal(CookieVerdict.Bad, Check(cookies, made, Client, 3700));
    }

    [Fact]
    public void Only_8_and_16_to_40_octets_are_a_cookie()
    {
        var option = new byte[64];
        for (var length = 0; length <= option.Length; length++)
        {
            var expected = length == 8 ? CookieVerdict.ClientOnly : length is >= 16 and <= 40 ? CookieVerdict.Bad : CookieVerdict.Malformed;
            Assert.Equal(expected, Shared(Secret).Check(option.AsSpan(0, length), IPAddress.Loopback.GetAddressBytes(), Made));
        }
    }

    [Fact]
    public void A_cookie_altered_in_any_bit_is_bad()
    {
        var cookies = Shared(Secret);
        for (var bit = 0; bit < ServerCookies.OptionLength * 8; bit++)
        {
            var altered = Convert.FromHexString(Cookie);
            altered[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(CookieVerdict.Bad, cookies.Check(altered, IPAddress.Parse(Client).GetAddressBytes(), Made));
        }
    }

    [Fact]
    public void A_cookie_sent_from_another_address_is_bad()
    {
        Assert.Equal(CookieVerdict.Bad, Check(Shared(Secret), Cookie, "198.51.100.101", Made));
        Assert.Equal(CookieVerdict.Bad, Check(Shared(Secret), Cookie, "2001:db8::1", Made));
    }

    [Fact]
    public void An_IPv4_client_on_a_socket_of_both_families_has_the_same_cookie()
    {
        Assert.Equal(Cookie, Answer(Shared(Secret), ClientOnly, "::ffff:" + Client, Made));
        Assert.Equal(CookieVerdict.Valid, Check(Shared(Secret), Cookie, "::ffff:" + Client, Made));
    }

    [Fact]
    public void A_fresh_cookie_is_repeated_and_all_else_gets_a_new_one()
    {
        var cookies = Shared(Secret);

        Assert.Equal(Cookie, Answer(cookies, Cookie, Client, Made + 1000));
        foreach (var query in new[] { ClientOnly, ClientOnly + "0102030405060708", Cookie[..^2] + "00" })
        {
            var answer = Answer(cookies, query, Client, Made + 1000);
            Assert.StartsWith(ClientOnly + "01000000", answer);
            Assert.Equal(CookieVerdict.Valid, Check(cookies, answer, Client, Made + 1000));
        }
    }

    [Fact]
    public void A_secret_of_our_own_is_replaced_every_day_and_its_last_cookies_stay_good()
    {
        var cookies = new ServerCookies(CookieSettings.Default, Made);
        var late = Answer(cookies, ClientOnly, Client, Made + Day - 1);

        var next = Answer(cookies, ClientOnly, Client, Made + Day);

        Assert.Equal(CookieVerdict.Valid, Check(cookies, next, Client, Made + Day));
        Assert.Equal(CookieVerdict.ValidRenew, Check(cookies, late, Client, Made + Day));
        Answer(cookies, ClientOnly, Client, Made + (2 * Day));
        Assert.Equal(CookieVerdict.Bad, Check(cookies, late, Client, Made + Day));
    }

    [Fact]
    public void Two_servers_without_a_shared_secret_do_not_take_each_others_cookies()
    {
        var cookie = Answer(new ServerCookies(CookieSettings.Default, Made), ClientOnly, Client, Made);

        Assert.Equal(CookieVerdict.Bad, Check(new ServerCookies(CookieSettings.Default, Made), cookie, Client, Made));
    }

    [Fact]
    public void Changed_secrets_are_taken_up_and_other_changes_leave_our_own_secret_alone()
    {
        var cookies = new ServerCookies(CookieSettings.Default, Made);
        var own = Answer(cookies, ClientOnly, Client, Made);

        cookies.Apply(CookieSettings.Default with { Enabled = false }, Made);
        Assert.Equal(CookieVerdict.Valid, Check(cookies, own, Client, Made));

        cookies.Apply(Settings(Secret), Made);
        Assert.Equal(CookieVerdict.Bad, Check(cookies, own, Client, Made));
        Assert.Equal(CookieVerdict.Valid, Check(cookies, Cookie, Client, Made));

        cookies.Apply(CookieSettings.Default, Made);
        Assert.Equal(CookieVerdict.Bad, Check(cookies, Cookie, Client, Made));
    }

    [Fact]
    public async Task A_rollover_while_many_threads_ask_makes_one_new_secret()
    {
        var cookies = new ServerCookies(CookieSettings.Default, Made);
        using var start = new Barrier(4);

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait(TestContext.Current.CancellationToken);
                return Answer(cookies, ClientOnly, Client, Made + Day);
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.Single(answers.Distinct());
    }

    [Fact]
    public void Checking_and_answering_allocate_nothing()
    {
        var cookies = Shared(Secret, ClientOnly + ClientOnly);
        var client = IPAddress.Parse(Client).GetAddressBytes();
        var bad = Convert.FromHexString(Cookie[..^2] + "00");
        var answer = new byte[ServerCookies.OptionLength];

        Assert.Equal(0, Allocations.UsualOf(() => cookies.Write(cookies.Check(bad, client, Made), bad, client, Made, answer)));
    }

    [Fact]
    public void The_timestamp_is_the_time_of_the_answer()
    {
        var answer = Convert.FromHexString(Answer(Shared(Secret), ClientOnly, Client, 0xFEDCBA98));

        Assert.Equal(0xFEDCBA98, BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(12)));
    }

    private static CookieSettings Settings(string secret, string? other = null) =>
        new(true, CookieSecret.Parse(secret), other is null ? null : CookieSecret.Parse(other));

    private static ServerCookies Shared(string secret, string? other = null) => new(Settings(secret, other), 0);

    private static CookieVerdict Check(ServerCookies cookies, string option, string client, uint now) =>
        cookies.Check(Convert.FromHexString(option), IPAddress.Parse(client).GetAddressBytes(), now);

    private static string Answer(ServerCookies cookies, string option, string client, uint now)
    {
        var answer = new byte[ServerCookies.OptionLength];
        var octets = Convert.FromHexString(option);
        var address = IPAddress.Parse(client).GetAddressBytes();
        cookies.Write(cookies.Check(octets, address, now), octets, address, now, answer);
        return Convert.ToHexStringLower(answer);
    }
}
