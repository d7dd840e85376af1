using System.Buffers.Binary;
using System.Security.Cryptography;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Tsig;

/// <summary>
/// Verifies the messages that answer one signed request, in the order in which they come (RFC 8945 §5.3, §5.4). The first message and the last must be signed;
/// up to 99 in a row between may not be. After a verdict that is not good the exchange is over.
/// </summary>
public sealed class TsigVerifier : IDisposable
{
    private const int MaxUnsigned = 99;

    private readonly TsigKey _key;
    private readonly TsigDigest _digest;
    private int _unsigned;
    private bool _first = true;

    /// <param name="requestMac">The MAC of the request that we signed.</param>
    public TsigVerifier(TsigKey key, ReadOnlySpan<byte> requestMac)
    {
        ArgumentNullException.ThrowIfNull(key);
        _key = key;
        _digest = new TsigDigest(key, requestMac);
    }

    /// <summary>Whether the message taken last was signed: what came before it is genuine. False before the first one.</summary>
    public bool IsSettled => !_first && _unsigned == 0;

    /// <summary>Verifies the next message, whose TSIG record was found already.</summary>
    public TsigVerdict Verify(ReadOnlySpan<byte> message, in TsigRecord tsig, DateTimeOffset now)
    {
        // These two are sent without a MAC, since the server could not make one.
        if (tsig.Error is ResponseCode.BadKey or ResponseCode.BadSig)
        {
            return new TsigVerdict(tsig.Error == ResponseCode.BadKey ? FailureReason.BadKey : FailureReason.BadSignature, Error: tsig.Error);
        }

        // A server that gives its time without a signature is believed as far as one that says BADKEY: the exchange fails, and the operator learns why.
        if (tsig.Error == ResponseCode.BadTime && tsig.Mac.IsEmpty)
        {
            return Judge(tsig, now);
        }

        var fault = TsigCheck.Key(_key, tsig) is var error and not ResponseCode.NoError ? error : CheckMac(message, tsig);
        if (fault != ResponseCode.NoError)
        {
            return new TsigVerdict(fault switch
            {
                ResponseCode.BadKey => FailureReason.BadKey,
                ResponseCode.FormErr => FailureReason.Malformed,
                _ => FailureReason.BadSignature,
            });
        }

        return Judge(tsig, now);
    }

    /// <summary>Verifies the next message: signed, or one of those between that need not be.</summary>
    public TsigVerdict Verify(ReadOnlySpan<byte> message, DateTimeOffset now)
    {
        Span<byte> scratch = stackalloc byte[MessageReader.ScratchLength];
        return TsigRecord.Find(message, scratch, out var tsig) switch
        {
            TsigPresence.Signed => Verify(message, tsig, now),
            TsigPresence.Unsigned => TakeUnsigned(message),
            _ => new TsigVerdict(FailureReason.Malformed),
        };
    }

    /// <summary>Takes a message without TSIG record: good between two signed ones, settled by the next signed one.</summary>
    public TsigVerdict TakeUnsigned(ReadOnlySpan<byte> message)
    {
        if (_first || ++_unsigned > MaxUnsigned)
        {
            return new TsigVerdict(FailureReason.NotSigned);
        }

        _digest.AppendUnsigned(message);
        return default;
    }

    public void Dispose() => _digest.Dispose();

    private ResponseCode CheckMac(ReadOnlySpan<byte> message, in TsigRecord tsig)
    {
        Span<byte> mac = stackalloc byte[TsigAlgorithms.MaxMacLength];
        var additional = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(message[MessageHeader.AdditionalCountOffset..]) - 1);
        _digest.Finish(message[..tsig.Offset], additional, tsig, mac);
        if (!CryptographicOperations.FixedTimeEquals(mac[..tsig.Mac.Length], tsig.Mac))
        {
            return ResponseCode.BadSig;
        }

        _digest.Continue(tsig.Mac);
        _first = false;
        _unsigned = 0;
        return ResponseCode.NoError;
    }

    /// <summary>What a genuine message means: RFC 8945 §5.2.3 wants the clock judged after the MAC, and the local policy on truncation last.</summary>
    private TsigVerdict Judge(in TsigRecord tsig, DateTimeOffset now)
    {
        if (tsig.Error == ResponseCode.BadTime)
        {
            var theirs = tsig.OtherData.Length == 6 ? TsigRecord.ReadTime(tsig.OtherData) : tsig.TimeSigned;
            return new TsigVerdict(FailureReason.BadTime, TsigCheck.Skew(theirs, now), tsig.Error);
        }

        var skew = TsigCheck.Skew(tsig.TimeSigned, now);
        if (tsig.Error == ResponseCode.BadTrunc)
        {
            return new TsigVerdict(FailureReason.BadTruncation, skew, tsig.Error);
        }

        return new TsigVerdict(
            TsigCheck.IsOff(tsig, now) ? FailureReason.BadTime : tsig.Mac.Length < _key.MacLength ? FailureReason.BadTruncation : FailureReason.None,
            skew,
            tsig.Error);
    }
}
