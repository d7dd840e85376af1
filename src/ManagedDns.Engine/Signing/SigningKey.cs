using System.Collections.Concurrent;
using ManagedDns.Dns.Dnssec;

namespace ManagedDns.Engine.Signing;

/// <summary>A private key ready for use by several threads at once: each borrows a maker of its own. Dispose it when nobody signs any more.</summary>
internal sealed class SigningKey : IDisposable
{
    private readonly ConcurrentBag<SignatureMaker> _idle = [];
    private readonly byte[] _pkcs8;

    /// <exception cref="System.Security.Cryptography.CryptographicException">That is no key of its algorithm.</exception>
    public SigningKey(DnsKey key, byte[] pkcs8)
    {
        Public = key;
        _pkcs8 = pkcs8;
        var maker = SignatureScheme.Get(key.Algorithm).CreateMaker(pkcs8);
        SignatureLength = maker.Length;
        _idle.Add(maker);
    }

    public DnsKey Public { get; }

    public int SignatureLength { get; }

    public void Sign(ReadOnlySpan<byte> data, Span<byte> signature)
    {
        if (!_idle.TryTake(out var maker))
        {
            maker = SignatureScheme.Get(Public.Algorithm).CreateMaker(_pkcs8);
        }

        maker.Sign(data, signature);
        _idle.Add(maker);
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var maker))
        {
            maker.Dispose();
        }
    }
}
