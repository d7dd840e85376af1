using System.Buffers.Binary;
using System.Security.Cryptography;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Tsig;

/// <summary>What a server found in the TSIG of a request (RFC 8945 §5.2).</summary>
public enum TsigRequestState
{
    Unsigned,

    /// <summary>Genuine: the answer must be signed too.</summary>
    Verified,

    /// <summary>Answer NOTAUTH; <see cref="TsigRequest.Sign"/> appends the TSIG record that tells why.</summary>
    Rejected,

    /// <summary>Answer FORMERR, unsigned.</summary>
    Malformed,
}

/// <summary>A signed request as the server took it: by whom it is signed, and how its answer is signed.</summary>
public sealed class TsigRequest
{
    private readonly byte[] _keyName;
    private readonly byte[] _algorithmName;
    private readonly byte[] _mac;
    private readonly long _timeSigned;

    private TsigRequest(in TsigRecord tsig, TsigKey? key, ResponseCode error)
    {
        _keyName = tsig.KeyName.ToArray();
        _algorithmName = tsig.AlgorithmName.ToArray();
        _mac = tsig.Mac.ToArray();
        _timeSigned = tsig.TimeSigned;
        Key = key;
        Error = error;
    }

    /// <summary>The key named; null for BADKEY.</summary>
    public TsigKey? Key { get; }

    /// <summary>NoError, BadKey, BadSig, BadTime or BadTrunc.</summary>
    public ResponseCode Error { get; }

    /// <summary>The MAC that the answer covers.</summary>
    public ReadOnlyMemory<byte> Mac => _mac;

    /// <summary>Verifies a request.</summary>
    /// <param name="request">Set when <see cref="TsigRequestState.Verified"/> or <see cref="TsigRequestState.Rejected"/>.</param>
    public static TsigRequestState Verify(ReadOnlySpan<byte> message, TsigKeyRing keys, DateTimeOffset now, out TsigRequest? request)
    {
        ArgumentNullException.ThrowIfNull(keys);
        request = null;
        Span<byte> scratch = stackalloc byte[MessageReader.ScratchLength];
        switch (TsigRecord.Find(message, scratch, out var tsig))
        {
            case TsigPresence.Unsigned:
                return TsigRequestState.Unsigned;
            case TsigPresence.Malformed:
                return TsigRequestState.Malformed;
        }

        TsigKey? key = null;
        var error = ResponseCode.BadKey;
        foreach (var candidate in keys.Find(tsig.KeyName))
        {
            // Of two keys of one name the one that did sign counts; who signed with neither is told what is wrong with the older one.
            (key, error) = (candidate, TsigCheck.Key(candidate, tsig));
            error = error == ResponseCode.NoError ? Check(candidate, message, tsig, now) : error;
            if (error is not (ResponseCode.BadKey or ResponseCode.BadSig or ResponseCode.FormErr))
            {
                break;
            }
        }

        if (error == ResponseCode.FormErr)
        {
            return TsigRequestState.Malformed;
        }

        request = new TsigRequest(tsig, error == ResponseCode.BadKey ? null : key, error);
        return error == ResponseCode.NoError ? TsigRequestState.Verified : TsigRequestState.Rejected;
    }

    /// <summary>A signer for an answer of several messages to a verified request.</summary>
    public TsigSigner CreateSigner() => TsigSigner.ForResponse(Key ?? throw new InvalidOperationException("The request's key is unknown."), _mac);

    /// <summary>The octets that <see cref="Sign"/> appends.</summary>
    public int RecordLength =>
        _keyName.Length + 10 + _algorithmName.Length + TsigRecord.FixedLength + (Error == ResponseCode.BadTime ? 6 : 0) + (IsAnsweredUnsigned ? 0 : Key!.MacLength);

    private bool IsAnsweredUnsigned => Error is ResponseCode.BadKey or ResponseCode.BadSig;

    /// <summary>Appends the TSIG record to an answer of one message, whatever the verdict was, and returns the new length.</summary>
    public int Sign(Span<byte> buffer, int length, DateTimeOffset now)
    {
        if (IsAnsweredUnsigned)
        {
            return new TsigRecord
            {
                KeyName = _keyName,
                AlgorithmName = _algorithmName,
                TimeSigned = now.ToUnixTimeSeconds(),
                Fudge = TsigSigner.Fudge,
                OriginalId = BinaryPrimitives.ReadUInt16BigEndian(buffer),
                Error = Error,
            }.Write(buffer, length);
        }

        using var signer = CreateSigner();
        if (Error != ResponseCode.BadTime)
        {
            return signer.Sign(buffer, length, now.ToUnixTimeSeconds(), Error, []);
        }

        // RFC 8945 §5.2.3: signed with the client's own time, so that the client can verify it, and our time beside it.
        Span<byte> ours = stackalloc byte[6];
        TsigRecord.WriteTime(ours, now.ToUnixTimeSeconds());
        return signer.Sign(buffer, length, _timeSigned, Error, ours);
    }

    private static ResponseCode Check(TsigKey key, ReadOnlySpan<byte> message, in TsigRecord tsig, DateTimeOffset now)
    {
        using var digest = new TsigDigest(key, []);
        Span<byte> mac = stackalloc byte[TsigAlgorithms.MaxMacLength];
        var additional = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(message[MessageHeader.AdditionalCountOffset..]) - 1);
        digest.Finish(message[..tsig.Offset], additional, tsig, mac);
        if (!CryptographicOperations.FixedTimeEquals(mac[..tsig.Mac.Length], tsig.Mac))
        {
            return ResponseCode.BadSig;
        }

        return TsigCheck.IsOff(tsig, now) ? ResponseCode.BadTime : tsig.Mac.Length < key.MacLength ? ResponseCode.BadTrunc : ResponseCode.NoError;
    }
}
