using System.Security.Cryptography;

namespace ManagedDns.Model;

/// <summary>
/// DNS cookies (RFC 7873, RFC 9018). Servers that share an address (anycast, a load balancer) must share the secret, whatever their software:
/// the form is BIND's <c>cookie-secret</c>, NSD's <c>cookie-secret</c> and Knot's <c>mod-cookies/secret</c>.
/// </summary>
/// <param name="Secret">Makes and verifies cookies. Null: the server makes one of its own and replaces it every day.</param>
/// <param name="OtherSecret">Verifies only: the next secret before it is in use everywhere, and the last one until its cookies have run out (RFC 9018 §5).</param>
public sealed record CookieSettings(bool Enabled, CookieSecret? Secret = null, CookieSecret? OtherSecret = null)
{
    public static readonly CookieSettings Default = new(true);
}

/// <summary>A server secret: 16 octets. <see cref="ToString"/> never tells them.</summary>
public sealed class CookieSecret : IEquatable<CookieSecret>
{
    public const int Length = 16;

    private readonly byte[] _octets;

    /// <param name="octets">Exactly <see cref="Length"/>.</param>
    public CookieSecret(ReadOnlySpan<byte> octets)
    {
        if (octets.Length != Length)
        {
            throw new ArgumentException($"A cookie secret has {Length} octets, this one {octets.Length}.", nameof(octets));
        }

        _octets = octets.ToArray();
    }

    public ReadOnlySpan<byte> Octets => _octets;

    /// <summary>A new random secret.</summary>
    public static CookieSecret Create() => new(RandomNumberGenerator.GetBytes(Length));

    /// <summary>Reads 32 hexadecimal digits.</summary>
    /// <exception cref="FormatException">Anything else; the message does not repeat the text.</exception>
    public static CookieSecret Parse(string hex)
    {
        ArgumentNullException.ThrowIfNull(hex);
        return hex.Length == 2 * Length && hex.All(char.IsAsciiHexDigit)
            ? new CookieSecret(Convert.FromHexString(hex))
            : throw new FormatException($"A cookie secret is written as {2 * Length} hexadecimal digits.");
    }

    public bool Equals(CookieSecret? other) => other is not null && CryptographicOperations.FixedTimeEquals(_octets, other._octets);

    public override bool Equals(object? obj) => Equals(obj as CookieSecret);

    public override int GetHashCode() => Length;

    public override string ToString() => nameof(CookieSecret);
}
