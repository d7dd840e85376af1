using System.Security.Cryptography;
using System.Text;

namespace ManagedDns.Store;

/// <summary>
/// Seals secrets (AES-256-GCM) with a key that lies in a file of its own, so that a copied database tells none of them. A sealed secret is bound to
/// its table and row: moved elsewhere it does not open. Layout: version (1), nonce (12), tag (16), ciphertext.
/// </summary>
internal sealed class SecretBox(string keyFile, bool keep, Func<bool> anySealed)
{
    private const byte Version = 1;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int Overhead = 1 + NonceSize + TagSize;

    private byte[]? _key;

    /// <summary>Makes sure that there is a key to seal with.</summary>
    /// <exception cref="StoreException"><see cref="StoreError.KeyMissing"/>.</exception>
    public void Prepare() => Key(mayCreate: true);

    public byte[] Seal(string table, long id, ReadOnlySpan<byte> secret)
    {
        var box = new byte[Overhead + secret.Length];
        box[0] = Version;
        var nonce = box.AsSpan(1, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(Key(mayCreate: true), TagSize);
        aes.Encrypt(nonce, secret, box.AsSpan(Overhead), box.AsSpan(1 + NonceSize, TagSize), Place(table, id));
        return box;
    }

    /// <exception cref="StoreException"><see cref="StoreError.KeyMissing"/>, <see cref="StoreError.KeyMismatch"/>.</exception>
    public byte[] Unseal(string table, long id, ReadOnlySpan<byte> box)
    {
        if (TryUnseal(Key(mayCreate: false), table, id, box) is { } secret)
        {
            return secret;
        }

        // The key may be another one since it was read (Renew, by another process).
        if (keep && StoreKeyFile.Read(keyFile) is { } newer && TryUnseal(newer, table, id, box) is { } opened)
        {
            _key = newer;
            return opened;
        }

        throw Mismatch(table, id);
    }

    /// <summary>Whether the secret can be opened.</summary>
    public bool Opens(string table, long id, ReadOnlySpan<byte> box) => TryUnseal(Key(mayCreate: true), table, id, box) is not null;

    /// <summary>Makes sure of a key to seal with, whatever is sealed with another one that is lost. A file that holds no key is set aside.</summary>
    public void Renew()
    {
        try
        {
            _key = StoreKeyFile.Read(keyFile);
        }
        catch (StoreException e) when (e.Error == StoreError.KeyMismatch)
        {
            _key = null;
            if (keep)
            {
                File.Move(keyFile, keyFile + ".unusable", overwrite: true);
            }
        }

        _key ??= NewKey();
    }

    private static byte[]? TryUnseal(byte[] key, string table, long id, ReadOnlySpan<byte> box)
    {
        if (box.Length < Overhead || box[0] != Version)
        {
            return null;
        }

        try
        {
            var secret = new byte[box.Length - Overhead];
            using var aes = new AesGcm(key, TagSize);
            aes.Decrypt(box.Slice(1, NonceSize), box[Overhead..], box.Slice(1 + NonceSize, TagSize), secret, Place(table, id));
            return secret;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private static byte[] Place(string table, long id) => Encoding.ASCII.GetBytes($"{table}:{id}");

    private byte[] Key(bool mayCreate)
    {
        if (_key is not null)
        {
            return _key;
        }

        if (StoreKeyFile.Read(keyFile) is { } key)
        {
            return _key = key;
        }

        if (!mayCreate || anySealed())
        {
            throw new StoreException(
                StoreError.KeyMissing,
                $"The store holds sealed secrets, but their key '{keyFile}' is missing.",
                "Put store.key back from a backup of the store; without one, Reset-ManagedDnsStoreKey forgets what is sealed.")
            {
                Target = keyFile,
            };
        }

        return _key = NewKey();
    }

    private byte[] NewKey() => keep ? StoreKeyFile.Create(keyFile) : RandomNumberGenerator.GetBytes(StoreKeyFile.Size);

    private StoreException Mismatch(string table, long id) => new(
        StoreError.KeyMismatch,
        $"The secret in {table} {id} cannot be opened: '{keyFile}' is not the key it was sealed with, or the row was altered.",
        "Put back store.key and settings.db from one backup; without one, Reset-ManagedDnsStoreKey forgets what cannot be opened.")
    {
        Target = keyFile,
    };
}
