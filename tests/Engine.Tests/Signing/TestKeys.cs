using System.Collections.Concurrent;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Signing;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>Keys and plans to sign with.</summary>
internal static class TestKeys
{
    private static readonly ConcurrentDictionary<(DnssecAlgorithm, bool, int), SigningKey> s_keys = new();

    static TestKeys() => Ed25519Scheme.Register();

    /// <summary>The same key for the same numbers: RSA keys take their time.</summary>
    public static SigningKey Key(DnssecAlgorithm algorithm = DnssecAlgorithm.EcdsaP256Sha256, bool isSecureEntryPoint = true, int number = 0) =>
        s_keys.GetOrAdd((algorithm, isSecureEntryPoint, number), _ =>
        {
            var scheme = SignatureScheme.Get(algorithm);
            var pkcs8 = scheme.Generate();
            var flags = (ushort)(DnsKey.ZoneFlag | (isSecureEntryPoint ? DnsKey.SecureEntryPointFlag : 0));
            return new(new DnsKey(flags, algorithm, scheme.PublicKeyOf(pkcs8)), pkcs8);
        });

    /// <summary>One key for all.</summary>
    public static SigningPlan Csk(DnssecAlgorithm algorithm = DnssecAlgorithm.EcdsaP256Sha256, int number = 0)
    {
        var key = Key(algorithm, number: number);
        return new() { ZoneSigners = [key], KeySigners = [key], DnsKeys = [key.Public], ParentKeys = [key.Public] };
    }

    /// <summary>A key for the keys and a key for the zone.</summary>
    public static SigningPlan Split(DnssecAlgorithm algorithm = DnssecAlgorithm.EcdsaP256Sha256)
    {
        var (ksk, zsk) = (Key(algorithm), Key(algorithm, isSecureEntryPoint: false));
        return new() { ZoneSigners = [zsk], KeySigners = [ksk], DnsKeys = [ksk.Public, zsk.Public], ParentKeys = [ksk.Public] };
    }
}
