using System.Buffers.Binary;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Tsig;

/// <summary>
/// Signs the messages of one exchange: a request, or a response of one or many messages. Each call covers what was signed before, so
/// one signer is used for one exchange and from one thread.
/// </summary>
public sealed class TsigSigner : IDisposable
{
    /// <summary>Seconds by which the clocks may differ (RFC 8945 §10).</summary>
    public const ushort Fudge = 300;

    private readonly TsigKey _key;
    private readonly TsigDigest _digest;
    private readonly byte[] _mac = new byte[TsigAlgorithms.MaxMacLength];
    private int _macLength;

    private TsigSigner(TsigKey key, ReadOnlySpan<byte> requestMac)
    {
        _key = key;
        _digest = new TsigDigest(key, requestMac);
    }

    public static TsigSigner ForRequest(TsigKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new TsigSigner(key, []);
    }

    /// <param name="requestMac">The MAC in the request's TSIG record.</param>
    public static TsigSigner ForResponse(TsigKey key, ReadOnlySpan<byte> requestMac)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new TsigSigner(key, requestMac);
    }

    /// <summary>The MAC of the message signed last.</summary>
    public ReadOnlySpan<byte> Mac => _mac.AsSpan(0, _macLength);

    /// <summary>The octets that a signature adds to a message.</summary>
    public static int RecordLength(TsigKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Name.Wire.Length + 10 + key.Algorithm.WireName().Wire.Length + TsigRecord.FixedLength + key.MacLength;
    }

    /// <summary>Appends a TSIG record to the message in <paramref name="buffer"/>, <see cref="RecordLength"/> octets, and returns the new length.</summary>
    public int Sign(Span<byte> buffer, int length, DateTimeOffset now) =>
        Sign(buffer, length, now.ToUnixTimeSeconds(), ResponseCode.NoError, []);

    /// <summary>Takes note of a message that is sent unsigned between two signed ones; at most 99 in a row (RFC 8945 §5.3.1).</summary>
    public void Skip(ReadOnlySpan<byte> message) => _digest.AppendUnsigned(message);

    internal int Sign(Span<byte> buffer, int length, long timeSigned, ResponseCode error, ReadOnlySpan<byte> otherData)
    {
        var tsig = new TsigRecord
        {
            KeyName = _key.Name.Wire,
            AlgorithmName = _key.Algorithm.WireName().Wire,
            TimeSigned = timeSigned,
            Fudge = Fudge,
            Mac = _mac.AsSpan(0, _key.MacLength),
            OriginalId = BinaryPrimitives.ReadUInt16BigEndian(buffer),
            Error = error,
            OtherData = otherData,
            Offset = length,
        };
        var additional = BinaryPrimitives.ReadUInt16BigEndian(buffer[MessageHeader.AdditionalCountOffset..]);
        _digest.Finish(buffer[..length], additional, tsig, _mac);
        _macLength = _key.MacLength;
        _digest.Continue(Mac);
        return tsig.Write(buffer, length);
    }

    public void Dispose() => _digest.Dispose();
}
