using System.Security.Cryptography;

namespace ManagedDns.Dns.Tsig;

/// <summary>The HMAC of one key, fed piece by piece and used again after each result.</summary>
internal abstract class TsigHmac : IDisposable
{
    public static TsigHmac Create(TsigKey key) => key.Algorithm switch
    {
        TsigAlgorithm.HmacMd5 => new Platform(HashAlgorithmName.MD5, key.Secret.Span),
        TsigAlgorithm.HmacSha1 => new Platform(HashAlgorithmName.SHA1, key.Secret.Span),
        TsigAlgorithm.HmacSha224 => new HmacSha224(key.Secret.Span),
        TsigAlgorithm.HmacSha384 => new Platform(HashAlgorithmName.SHA384, key.Secret.Span),
        TsigAlgorithm.HmacSha512 => new Platform(HashAlgorithmName.SHA512, key.Secret.Span),
        _ => new Platform(HashAlgorithmName.SHA256, key.Secret.Span),
    };

    public abstract void Append(ReadOnlySpan<byte> data);

    /// <summary>Writes the whole MAC, starts anew and returns the MAC's length.</summary>
    public abstract int Finish(Span<byte> mac);

    public abstract void Dispose();

    private sealed class Platform(HashAlgorithmName algorithm, ReadOnlySpan<byte> secret) : TsigHmac
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHMAC(algorithm, secret);

        public override void Append(ReadOnlySpan<byte> data) => _hash.AppendData(data);

        public override int Finish(Span<byte> mac) => _hash.GetHashAndReset(mac);

        public override void Dispose() => _hash.Dispose();
    }

    /// <summary>RFC 2104 over our own SHA-224.</summary>
    private sealed class HmacSha224 : TsigHmac
    {
        private readonly Sha224 _inner = new();
        private readonly Sha224 _outer = new();
        private readonly byte[] _innerPad = new byte[Sha224.BlockLength];
        private readonly byte[] _outerPad = new byte[Sha224.BlockLength];

        public HmacSha224(ReadOnlySpan<byte> secret)
        {
            Span<byte> block = stackalloc byte[Sha224.BlockLength];
            block.Clear();
            if (secret.Length > Sha224.BlockLength)
            {
                _inner.Append(secret);
                _inner.Finish(block);
            }
            else
            {
                secret.CopyTo(block);
            }

            for (var i = 0; i < block.Length; i++)
            {
                _innerPad[i] = (byte)(block[i] ^ 0x36);
                _outerPad[i] = (byte)(block[i] ^ 0x5c);
            }

            CryptographicOperations.ZeroMemory(block);
            _inner.Append(_innerPad);
        }

        public override void Append(ReadOnlySpan<byte> data) => _inner.Append(data);

        public override int Finish(Span<byte> mac)
        {
            _inner.Finish(mac);
            _inner.Append(_innerPad);
            _outer.Append(_outerPad);
            _outer.Append(mac[..Sha224.HashLength]);
            _outer.Finish(mac);
            return Sha224.HashLength;
        }

        public override void Dispose()
        {
            CryptographicOperations.ZeroMemory(_innerPad);
            CryptographicOperations.ZeroMemory(_outerPad);
        }
    }
}
