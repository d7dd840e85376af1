using System.Net;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace ManagedDns.Configuration;

/// <summary>Seals secrets of an exported configuration with a passphrase: PBKDF2 (SHA-256) makes the key, AES-256-GCM seals, bound to the key's name.</summary>
internal sealed class PassphraseBox
{
    private const int Iterations = 600_000;
    private const int MostIterations = 10_000_000;
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly byte[] _key;
    private readonly byte[] _salt;
    private readonly int _iterations;

    private PassphraseBox(SecureString passphrase, byte[] salt, int iterations)
    {
        (_salt, _iterations) = (salt, iterations);
        var text = Encoding.UTF8.GetBytes(new NetworkCredential("", passphrase).Password);
        _key = Rfc2898DeriveBytes.Pbkdf2(text, salt, iterations, HashAlgorithmName.SHA256, 32);
        CryptographicOperations.ZeroMemory(text);
    }

    public static PassphraseBox Create(SecureString passphrase) => new(passphrase, RandomNumberGenerator.GetBytes(16), Iterations);

    /// <summary>The one that an exported configuration was sealed with; null where it tells none.</summary>
    public static PassphraseBox? Open(SecureString passphrase, JsonObject configuration)
    {
        if (configuration["sealedWith"] is not JsonObject with)
        {
            return null;
        }

        var iterations = (int?)with["iterations"] ?? 0;
        var salt = Convert.FromBase64String((string?)with["salt"] ?? "");
        return (string?)with["kdf"] == "PBKDF2-SHA256" && iterations is > 0 and <= MostIterations && salt.Length > 0
            ? new PassphraseBox(passphrase, salt, iterations)
            : throw new FormatException("How the secrets were sealed is not known here.");
    }

    public JsonObject Describe() => new()
    {
        ["kdf"] = "PBKDF2-SHA256",
        ["iterations"] = _iterations,
        ["salt"] = Convert.ToBase64String(_salt),
        ["cipher"] = "AES-256-GCM",
    };

    public string Seal(string name, ReadOnlySpan<byte> secret)
    {
        var box = new byte[NonceSize + TagSize + secret.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceSize));
        using var aes = new AesGcm(_key, TagSize);
        aes.Encrypt(box.AsSpan(0, NonceSize), secret, box.AsSpan(NonceSize + TagSize), box.AsSpan(NonceSize, TagSize), Place(name));
        return Convert.ToBase64String(box);
    }

    /// <returns>Null where the passphrase is another one, or the box was altered.</returns>
    public byte[]? Unseal(string name, string sealedSecret)
    {
        var box = Convert.FromBase64String(sealedSecret).AsSpan();
        if (box.Length < NonceSize + TagSize)
        {
            return null;
        }

        var secret = new byte[box.Length - NonceSize - TagSize];
        try
        {
            using var aes = new AesGcm(_key, TagSize);
            aes.Decrypt(box[..NonceSize], box[(NonceSize + TagSize)..], box.Slice(NonceSize, TagSize), secret, Place(name));
            return secret;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private static byte[] Place(string name) => Encoding.UTF8.GetBytes($"tsig_key:{name.ToUpperInvariant()}");
}
