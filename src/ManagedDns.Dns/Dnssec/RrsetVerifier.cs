namespace ManagedDns.Dns.Dnssec;

/// <summary>What the check of a signature says.</summary>
public enum SignatureVerdict
{
    Valid,

    /// <summary>The RDATA is none of an RRSIG, or covers another type, or names another zone.</summary>
    Malformed,

    /// <summary>None of the keys has the signature's tag and algorithm, or the algorithm is unknown here.</summary>
    NoKey,

    NotYetValid,
    Expired,

    /// <summary>The octets were not signed by any key that could have done it.</summary>
    Bogus,
}

/// <summary>Checks signatures over RRsets with the keys of one zone (RFC 4035 §5.3). Not thread-safe; dispose it.</summary>
public sealed class RrsetVerifier : IDisposable
{
    private readonly DomainName _zone;
    private readonly List<(DnsKey Key, SignatureChecker Checker)> _keys = [];
    private byte[] _data = new byte[4096];

    /// <param name="keys">The zone's DNSKEYs; what is not a usable zone key is passed over.</param>
    public RrsetVerifier(DomainName zone, IEnumerable<DnsKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        _zone = zone;
        foreach (var key in keys)
        {
            if (key.IsZoneKey && SignatureScheme.Find(key.Algorithm)?.CreateChecker(key.PublicKey) is { } checker)
            {
                _keys.Add((key, checker));
            }
        }
    }

    /// <param name="records">The RRset under the owner that was signed; its TTL does not matter.</param>
    /// <param name="rrsig">The RDATA of the RRSIG record.</param>
    public SignatureVerdict Verify(CanonicalRrset records, ReadOnlySpan<byte> rrsig, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(records);
        if (!Rrsig.TryRead(rrsig, out var signature) || signature.Covered != records.Type || !WireName.Equals(signature.Signer, _zone.Wire)
            || signature.Labels != Rrsig.CountLabels(records.Owner))
        {
            return SignatureVerdict.Malformed;
        }

        if (!signature.IsValidAt(now))
        {
            return unchecked((int)(signature.Inception - Rrsig.Seconds(now))) > 0 ? SignatureVerdict.NotYetValid : SignatureVerdict.Expired;
        }

        var data = Data(records, signature);
        var verdict = SignatureVerdict.NoKey;
        foreach (var (key, checker) in _keys)
        {
            if (key.Tag == signature.KeyTag && key.Algorithm == signature.Algorithm)
            {
                if (checker.Verify(data, signature.Signature))
                {
                    return SignatureVerdict.Valid;
                }

                verdict = SignatureVerdict.Bogus;
            }
        }

        return verdict;
    }

    public void Dispose()
    {
        foreach (var (_, checker) in _keys)
        {
            checker.Dispose();
        }
    }

    private ReadOnlySpan<byte> Data(CanonicalRrset records, in Rrsig signature)
    {
        var length = signature.Header.Length + records.Length;
        if (_data.Length < length)
        {
            _data = new byte[length];
        }

        signature.Header.CopyTo(_data);
        WireName.MakeLower(_data.AsSpan(Rrsig.FixedLength, signature.Signer.Length));
        records.Write(_data.AsSpan(signature.Header.Length), signature.OriginalTtl);
        return _data.AsSpan(0, length);
    }
}
