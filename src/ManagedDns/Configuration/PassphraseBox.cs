using System.Net;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace ManagedDns.Configuration;

/// <summary>
/// Seals secrets of an exported configuration with a passphrase: PBKDF2 (SHA-256) makes the keys, AES-256-GCM seals, bound to the place of each
/// secret. The nonce
/// follows from place and secret, so that one box seals the same secret alike each time, and what a file holds can be compared without a word of it
/// being told.
/// </summary>
internal sealed class PassphraseBox
{
    private const int Iterations = 600_000;
    private const int MostIterations = 10_000_000;
    private const int KeySize = 32;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const string ProofPlace = "sealedWith";

    private readonly byte[] _sealKey;
    private readonly byte[] _nonceKey;
    private readonly byte[] _salt;
    private readonly int _iterations;

    private PassphraseBox(SecureString passphrase, byte[] salt, int iterations)
    {
        (_salt, _iterations) = (salt, iterations);
        var text = Encoding.UTF8.GetBytes(new NetworkCredential("", passphrase).Password);
        var key = Rfc2898DeriveBytes.Pbkdf2(text, salt, iterations, HashAlgorithmName.SHA256, KeySize);
        _sealKey = HKDF.Expand(HashAlgorithmName.SHA256, key, KeySize, "seal"u8.ToArray());
        _nonceKey = HKDF.Expand(HashAlgorithmName.SHA256, key, KeySize, "nonce"u8.ToArray());
        CryptographicOperations.ZeroMemory(text);
        CryptographicOperations.ZeroMemory(key);
    }

    public static PassphraseBox Create(SecureString passphrase) => new(passphrase, RandomNumberGenerator.GetBytes(16), Iterations);

    /// <summary>The one that an exported configuration was sealed with; null where it tells none.</summary>
    /// <exception cref="FormatException">How it was sealed is not known here.</exception>
    /// <exception cref="Store.StoreException">Invalid: the passphrase is another one.</exception>
    public static PassphraseBox? Open(SecureString passphrase, JsonObject configuration)
    {
        if (configuration["sealedWith"] is not JsonObject with)
        {
            return null;
        }

        var iterations = (int?)with["iterations"] ?? 0;
        var salt = Convert.FromBase64String((string?)with["salt"] ?? "");
        if ((string?)with["kdf"] != "PBKDF2-SHA256" || iterations is <= 0 or > MostIterations || salt.Length == 0)
        {
            throw new FormatException("How the secrets were sealed is not known here.");
        }

        var box = new PassphraseBox(passphrase, salt, iterations);
        return (string?)with["proof"] is { } proof && box.Unseal(ProofPlace, proof) is not null ? box : throw Commands.Names.Invalid(
            "Passphrase", "The passphrase does not open the secrets of this configuration.", "Give the passphrase of the export.");
    }

    public JsonObject Describe() => new()
    {
        ["kdf"] = "PBKDF2-SHA256",
        ["iterations"] = _iterations,
        ["salt"] = Convert.ToBase64String(_salt),
        ["cipher"] = "AES-256-GCM",
        ["proof"] = Seal(ProofPlace, []),
    };

    /// <param name="place">What the secret is of; it opens nowhere else.</param>
    public string Seal(string place, ReadOnlySpan<byte> secret)
    {
        var context = Context(place);
        var box = new byte[NonceSize + TagSize + secret.Length];
        using (var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _nonceKey))
        {
            hmac.AppendData(context);
            hmac.AppendData([0]);
            hmac.AppendData(secret);
            hmac.GetHashAndReset().AsSpan(0, NonceSize).CopyTo(box);
        }

        using var aes = new AesGcm(_sealKey, TagSize);
        aes.Encrypt(box.AsSpan(0, NonceSize), secret, box.AsSpan(NonceSize + TagSize), box.AsSpan(NonceSize, TagSize), context);
        return Convert.ToBase64String(box);
    }

    /// <returns>Null where the passphrase is another one, or the box was altered.</returns>
    public byte[]? Unseal(string place, string sealedSecret)
    {
        var box = new byte[sealedSecret.Length].AsSpan();
        if (!Convert.TryFromBase64String(sealedSecret, box, out var length) || length < NonceSize + TagSize)
        {
            return null;
        }

        box = box[..length];
        var secret = new byte[length - NonceSize - TagSize];
        try
        {
            using var aes = new AesGcm(_sealKey, TagSize);
            aes.Decrypt(box[..NonceSize], box[(NonceSize + TagSize)..], box.Slice(NonceSize, TagSize), secret, Context(place));
            return secret;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private static byte[] Context(string place) => Encoding.UTF8.GetBytes(place.ToUpperInvariant());
}
