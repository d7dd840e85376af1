using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;

namespace ManagedDns.Integration.Tests.Transfers;

public static class TestKeys
{
    /// <summary>The key that tests use where the algorithm does not matter.</summary>
    public static readonly TsigKey Default = Of(TsigAlgorithm.HmacSha256);

    public static TsigKey Of(TsigAlgorithm algorithm) =>
        new(DomainName.Parse("transfer.key.test"), algorithm, "a secret that nobody needs to guess, of sixty-four octets in all"u8.ToArray());

    /// <summary>The same name and algorithm with another secret.</summary>
    public static TsigKey WithOtherSecret(TsigKey key) => new(key.Name, key.Algorithm, "another secret, which makes another signature"u8.ToArray());

    /// <summary>The same secret under a name that the other side does not know.</summary>
    public static TsigKey WithOtherName(TsigKey key) => new(DomainName.Parse("stranger.key.test"), key.Algorithm, key.Secret);
}
