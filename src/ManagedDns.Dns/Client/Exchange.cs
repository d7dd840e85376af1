using System.Security.Cryptography;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Client;

/// <summary>One question sent once, and the judgement on what comes back. A try over UDP and one over TCP differ only in how octets travel.</summary>
internal sealed class Exchange
{
    private readonly Question _question;
    private readonly Remote _remote;
    private readonly TimeProvider _time;
    private readonly byte[] _request;
    private readonly byte[] _mac;
    private readonly ushort _id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
    private readonly int _length;
    private readonly long _sent;

    /// <param name="remote">With the source address that the socket really has.</param>
    public Exchange(Question question, Remote remote, Undertaking undertaking, TimeProvider time)
    {
        _question = question;
        _remote = remote;
        _time = time;
        Text = new FailureText(remote, question.Name, undertaking);
        _request = new byte[question.MaxLength];
        _length = question.Write(_request, _id, remote.Key, remote.Tls is not null, time.GetUtcNow(), out _mac);
        _sent = time.GetTimestamp();
    }

    public FailureText Text { get; }

    public ReadOnlyMemory<byte> Request => _request.AsMemory(0, _length);

    public bool IsAnsweredBy(ReadOnlySpan<byte> message) => _question.IsAnsweredBy(message, _id);

    /// <summary>Judges a message that <see cref="IsAnsweredBy"/> took: the answer, or why it cannot be one.</summary>
    /// <param name="failure">Set when the result is null.</param>
    /// <param name="final">Whether the server itself says so; else a genuine answer may still come.</param>
    public DnsResponse? Judge(ReadOnlySpan<byte> message, DnsTransport transport, out Failure? failure, out bool final)
    {
        failure = null;
        final = true;
        var roundTrip = _time.GetElapsedTime(_sent);
        if (!TryReadCode(message, out var code, out var error))
        {
            failure = Text.Malformed(error);
            return null;
        }

        if (_remote.Key is not { } key)
        {
            return new DnsResponse(message.ToArray(), code, roundTrip, transport, null) { Source = _remote.Source };
        }

        using var verifier = new TsigVerifier(key, _mac);
        var verdict = verifier.Verify(message, _time.GetUtcNow());
        if (verdict.Reason == FailureReason.NotSigned && code != ResponseCode.NoError)
        {
            failure = Text.ForUnsignedCode(code);
        }
        else if (!verdict.IsGood)
        {
            failure = Text.ForTsig(verdict);
            final = verdict.Error != ResponseCode.NoError;
        }

        return failure is null
            ? new DnsResponse(message.ToArray(), code, roundTrip, transport, verdict.ClockSkew) { Source = _remote.Source, Key = key }
            : null;
    }

    private static bool TryReadCode(ReadOnlySpan<byte> message, out ResponseCode code, out MessageError error)
    {
        Span<byte> scratch = stackalloc byte[MessageReader.ScratchLength];
        var reader = new MessageReader(message, scratch);
        code = reader.Header.ResponseCode;
        while (reader.TryReadRecord(out var record))
        {
            if (record.Type == RecordType.OPT && reader.Section == MessageSection.Additional)
            {
                code = EdnsHeader.From(record).ResponseCode(code);
            }
        }

        // A truncated message may end anywhere; its header is all that counts.
        error = reader.Error;
        return error == MessageError.None || reader.Header.IsTruncated;
    }
}
