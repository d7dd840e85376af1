using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ManagedDns.Dns.Dnssec;

/// <summary>Private keys as BIND writes them (<c>Private-key-format: v1.3</c>), which Knot, PowerDNS and ldns read too.</summary>
public static class BindPrivateKey
{
    private static readonly string[] s_rsaFields =
        ["Modulus", "PublicExponent", "PrivateExponent", "Prime1", "Prime2", "Exponent1", "Exponent2", "Coefficient"];

    private static readonly Dictionary<DnssecAlgorithm, string> s_mnemonics = new()
    {
        [DnssecAlgorithm.RsaSha256] = "RSASHA256",
        [DnssecAlgorithm.RsaSha512] = "RSASHA512",
        [DnssecAlgorithm.EcdsaP256Sha256] = "ECDSAP256SHA256",
        [DnssecAlgorithm.EcdsaP384Sha384] = "ECDSAP384SHA384",
        [DnssecAlgorithm.Ed25519] = "ED25519",
    };

    public static bool LooksLike(string text) => text.Contains("Private-key-format:", StringComparison.Ordinal);

    /// <summary>Reads a key.</summary>
    /// <returns>Its algorithm and its PKCS#8 form.</returns>
    /// <exception cref="FormatException">That is none, or of an algorithm that is not signed with here.</exception>
    public static (DnssecAlgorithm Algorithm, byte[] Pkcs8) Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
            {
                fields[line[..colon]] = line[(colon + 1)..].Trim();
            }
        }

        if (!fields.TryGetValue("Private-key-format", out var version) || !version.StartsWith("v1.", StringComparison.Ordinal))
        {
            throw new FormatException("There is no line 'Private-key-format: v1.…'.");
        }

        var number = fields.GetValueOrDefault("Algorithm", "").Split(' ')[0];
        if (!byte.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var code) || !s_mnemonics.ContainsKey((DnssecAlgorithm)code))
        {
            throw new FormatException($"Keys of algorithm '{fields.GetValueOrDefault("Algorithm", "")}' are not used here.");
        }

        var algorithm = (DnssecAlgorithm)code;
        try
        {
            return (algorithm, algorithm switch
            {
                DnssecAlgorithm.EcdsaP256Sha256 => Elliptic(ECCurve.NamedCurves.nistP256, Octets(fields, "PrivateKey"), 32),
                DnssecAlgorithm.EcdsaP384Sha384 => Elliptic(ECCurve.NamedCurves.nistP384, Octets(fields, "PrivateKey"), 48),
                DnssecAlgorithm.Ed25519 => Octets(fields, "PrivateKey") is { Length: Ed25519PublicKey.Length } seed
                    ? PrivateKeyForms.FromSeed(seed)
                    : throw new FormatException($"An Ed25519 key has {Ed25519PublicKey.Length} octets."),
                _ => Rsa(fields),
            });
        }
        catch (CryptographicException e)
        {
            throw new FormatException($"The private key cannot be used: {e.Message}", e);
        }
    }

    /// <summary>Writes a key.</summary>
    /// <exception cref="FormatException">That is no key of the algorithm.</exception>
    public static string Format(DnssecAlgorithm algorithm, byte[] pkcs8)
    {
        var text = new StringBuilder();
        text.Append("Private-key-format: v1.3\n").Append(CultureInfo.InvariantCulture, $"Algorithm: {(int)algorithm} ({s_mnemonics[algorithm]})\n");
        switch (algorithm)
        {
            case DnssecAlgorithm.Ed25519:
                Append(text, "PrivateKey", PrivateKeyForms.SeedOf(pkcs8));
                break;
            case DnssecAlgorithm.EcdsaP256Sha256 or DnssecAlgorithm.EcdsaP384Sha384:
                using (var key = ECDsa.Create())
                {
                    key.ImportPkcs8PrivateKey(pkcs8, out _);
                    Append(text, "PrivateKey", key.ExportParameters(includePrivateParameters: true).D!);
                }

                break;
            default:
                using (var key = RSA.Create())
                {
                    key.ImportPkcs8PrivateKey(pkcs8, out _);
                    var p = key.ExportParameters(includePrivateParameters: true);
                    byte[]?[] values = [p.Modulus, p.Exponent, p.D, p.P, p.Q, p.DP, p.DQ, p.InverseQ];
                    foreach (var (name, value) in s_rsaFields.Zip(values))
                    {
                        // As BIND does: numbers without leading zeros.
                        Append(text, name, value.AsSpan().TrimStart((byte)0).ToArray());
                    }
                }

                break;
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string name, byte[] value) =>
        text.Append(name).Append(": ").Append(Convert.ToBase64String(value)).Append('\n');

    private static byte[] Octets(Dictionary<string, string> fields, string name)
    {
        if (!fields.TryGetValue(name, out var value))
        {
            throw new FormatException($"There is no line '{name}:'.");
        }

        try
        {
            return Convert.FromBase64String(value);
        }
        catch (FormatException e)
        {
            throw new FormatException($"What stands behind '{name}:' is no Base64.", e);
        }
    }

    private static byte[] Elliptic(ECCurve curve, byte[] scalar, int size)
    {
        // Leading zeros may be left out.
        using var key = ECDsa.Create(new ECParameters { Curve = curve, D = Fit(scalar, size) });
        return key.ExportPkcs8PrivateKey();
    }

    private static byte[] Rsa(Dictionary<string, string> fields)
    {
        var values = s_rsaFields.Select(name => Octets(fields, name)).ToArray();
        var (modulus, half) = (values[0].Length, (values[0].Length + 1) / 2);
        using var key = RSA.Create(new RSAParameters
        {
            Modulus = values[0],
            Exponent = values[1],
            D = Fit(values[2], modulus),
            P = Fit(values[3], half),
            Q = Fit(values[4], half),
            DP = Fit(values[5], half),
            DQ = Fit(values[6], half),
            InverseQ = Fit(values[7], half),
        });
        return key.ExportPkcs8PrivateKey();
    }

    private static byte[] Fit(byte[] value, int size) =>
        value.Length <= size ? [.. new byte[size - value.Length], .. value] : throw new FormatException($"A number of the key has {value.Length} octets instead of {size}.");
}
