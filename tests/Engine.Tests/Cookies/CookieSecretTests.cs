using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Cookies;

public sealed class CookieSecretTests
{
    private const string Hex = "e5e973e5a6b2a43f48e7dc849e37bfcf";

    [Fact]
    public void Thirty_two_hexadecimal_digits_are_a_secret()
    {
        Assert.Equal(Convert.FromHexString(Hex), CookieSecret.Parse(Hex.ToUpperInvariant()).Octets.ToArray());
        Assert.Equal(CookieSecret.Parse(Hex), CookieSecret.Parse(Hex));
        Assert.NotEqual(CookieSecret.Create(), CookieSecret.Create());
    }

    [Theory]
    [InlineData("")]
    [InlineData("e5e973e5a6b2a43f48e7dc849e37bf")]
    [InlineData("e5e973e5a6b2a43f48e7dc849e37bfcg")]
    [InlineData("e5e973e5a6b2a43f48e7dc849e37bfcfcf")]
    public void Anything_else_is_refused_without_repeating_it(string text)
    {
        var error = Assert.Throws<FormatException>(() => CookieSecret.Parse(text));
        Assert.DoesNotContain("e5e9", error.Message);
    }

    [Fact]
    public void A_secret_does_not_tell_itself() =>
        Assert.DoesNotContain("e5", new CookieSettings(true, CookieSecret.Parse(Hex)).ToString(), StringComparison.OrdinalIgnoreCase);
}
