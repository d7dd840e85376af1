using System.Text;
using ManagedDns.Dns.Tsig;

namespace ManagedDns.Dns.Tests.Tsig;

public class TsigHmacTests
{
    /// <summary>The test cases of RFC 4231 §4 for HMAC-SHA-224; the fifth tests truncation only.</summary>
    public static TheoryData<string, string, string> Rfc4231 => new()
    {
        { Repeat("0b", 20), Hex("Hi There"), "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22" },
        { Hex("Jefe"), Hex("what do ya want for nothing?"), "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44" },
        { Repeat("aa", 20), Repeat("dd", 50), "7fb3cb3588c6c1f6ffa9694d7d6ad2649365b0c1f65d69d1ec8333ea" },
        { "0102030405060708090a0b0c0d0e0f10111213141516171819", Repeat("cd", 50), "6c11506874013cac6a2abc1bb382627cec6a90d86efc012de7afec5a" },
        { Repeat("0c", 20), Hex("Test With Truncation"), "0e2aea68a90c8d37c988bcdb9fca6fa8099cd857c7ec4a1815cac54c" },
        { Repeat("aa", 131), Hex("Test Using Larger Than Block-Size Key - Hash Key First"), "95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e" },
        {
            Repeat("aa", 131),
            Hex("This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm."),
            "3a854166ac5d9f023f54d517d0b39dbd946770db9c2b95c9f6f565d1"
        },
    };

    [Theory]
    [MemberData(nameof(Rfc4231))]
    public void HMAC_SHA_224_gives_the_results_of_RFC_4231(string key, string data, string expected)
    {
        using var hmac = TsigHmac.Create(Key(TsigAlgorithm.HmacSha224, Convert.FromHexString(key)));
        var octets = Convert.FromHexString(data);
        var mac = new byte[Sha224.HashLength];
        for (var cut = 0; cut <= octets.Length; cut++)
        {
            hmac.Append(octets.AsSpan(0, cut));
            hmac.Append(octets.AsSpan(cut));
            Assert.Equal(Sha224.HashLength, hmac.Finish(mac));
            Assert.Equal(expected, Convert.ToHexStringLower(mac));
        }
    }

    [Theory]
    [InlineData("", "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f")]
    [InlineData("abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525")]
    public void SHA_224_gives_the_results_of_FIPS_180(string text, string expected)
    {
        var hash = new Sha224();
        hash.Append(Encoding.ASCII.GetBytes(text));
        var result = new byte[Sha224.HashLength];
        hash.Finish(result);
        Assert.Equal(expected, Convert.ToHexStringLower(result));
    }

    [Fact]
    public void SHA_224_of_a_million_letters_is_right()
    {
        var hash = new Sha224();
        var piece = Encoding.ASCII.GetBytes(new string('a', 1_000));
        for (var i = 0; i < 1_000; i++)
        {
            hash.Append(piece);
        }

        var result = new byte[Sha224.HashLength];
        hash.Finish(result);
        Assert.Equal("20794655980c91d8bbb4c1ea97618a4bf03f42581948b2ee4ee7ad67", Convert.ToHexStringLower(result));
    }

    [Theory]
    [InlineData(TsigAlgorithm.HmacMd5, "750c783e6ab0b503eaa86e310a5db738")]
    [InlineData(TsigAlgorithm.HmacSha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")]
    [InlineData(TsigAlgorithm.HmacSha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")]
    [InlineData(TsigAlgorithm.HmacSha384, "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649")]
    [InlineData(TsigAlgorithm.HmacSha512,
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737")]
    public void Each_algorithm_uses_its_own_hash(TsigAlgorithm algorithm, string expected)
    {
        using var hmac = TsigHmac.Create(Key(algorithm, "Jefe"u8.ToArray()));
        hmac.Append("what do ya want for nothing?"u8);
        var mac = new byte[TsigAlgorithms.MaxMacLength];
        var length = hmac.Finish(mac);
        Assert.Equal(algorithm.MacLength(), length);
        Assert.Equal(expected, Convert.ToHexStringLower(mac.AsSpan(0, length)));
    }

    private static TsigKey Key(TsigAlgorithm algorithm, byte[] secret) => new(DomainName.Parse("key"), algorithm, secret);

    private static string Hex(string text) => Convert.ToHexString(Encoding.ASCII.GetBytes(text));

    private static string Repeat(string octet, int times) => string.Concat(Enumerable.Repeat(octet, times));
}
