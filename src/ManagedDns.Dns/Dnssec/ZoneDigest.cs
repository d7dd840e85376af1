using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ManagedDns.Dns.Dnssec;

/// <summary>
/// The digest of a zone's content by the SIMPLE scheme of RFC 8976 §3.3. RRsets come in canonical order of their owners, each owner's by ascending type;
/// the apex ZONEMD RRset and the RRSIG records that cover it are left out by whoever feeds it.
/// </summary>
public sealed class ZoneDigest(ZoneDigestType type) : IDisposable
{
    public const byte SimpleScheme = 1;

    private const int HeaderLength = 6;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(type == ZoneDigestType.Sha384 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA512);
    private byte[] _buffer = new byte[64 * 1024];
    private int _used;

    /// <summary>Adds an RRset; RRSIG records of one owner are one RRset for this, and may have different TTLs: give those of one TTL at a time.</summary>
    public void Add(CanonicalRrset records)
    {
        ArgumentNullException.ThrowIfNull(records);
        var length = records.Length;
        if (_used + length > _buffer.Length)
        {
            Flush();
            if (length > _buffer.Length)
            {
                _buffer = new byte[length];
            }
        }

        _used += records.Write(_buffer.AsSpan(_used));
    }

    /// <summary>The RDATA of the ZONEMD record for what was added.</summary>
    public byte[] ToRdata(uint serial)
    {
        Flush();
        var digest = _hash.GetHashAndReset();
        var rdata = new byte[HeaderLength + digest.Length];
        BinaryPrimitives.WriteUInt32BigEndian(rdata, serial);
        rdata[4] = SimpleScheme;
        rdata[5] = (byte)type;
        digest.CopyTo(rdata.AsSpan(HeaderLength));
        return rdata;
    }

    public void Dispose() => _hash.Dispose();

    private void Flush()
    {
        _hash.AppendData(_buffer.AsSpan(0, _used));
        _used = 0;
    }
}
