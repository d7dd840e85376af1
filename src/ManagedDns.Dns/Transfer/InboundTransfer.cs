using System.Buffers.Binary;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Transfer;

/// <summary>What a transfer needs next.</summary>
public enum TransferStep
{
    More, Done, Failed,
}

/// <summary>
/// One transfer from the requesting side, without sockets and without a clock (RFC 5936, RFC 1995, RFC 8945 §5.3): it writes the request, eats the
/// answer's messages in order, checks their headers, questions and signatures, and hands their records to a sink. A border between messages may lie anywhere.
/// </summary>
public sealed class InboundTransfer : IDisposable
{
    private const int MaxEmptyMessages = 10;

    private readonly DomainName _zone;
    private readonly uint? _haveSerial;
    private readonly TsigKey? _key;
    private readonly FailureText _text;
    private readonly TransferContent _content;
    private readonly byte[] _scratch = new byte[MessageReader.ScratchLength];
    private TsigVerifier? _verifier;
    private ushort _id;
    private TransferStep _step = TransferStep.More;
    private int _messages;
    private int _emptyMessages;
    private long _bytes;
    private TimeSpan? _clockSkew;
    private TimeSpan? _expiresIn;

    /// <param name="haveSerial">Asks for the differences since that serial (IXFR); null asks for the whole zone (AXFR).</param>
    /// <param name="remote">The server: its key signs and verifies, the rest words failures.</param>
    public InboundTransfer(DomainName zone, uint? haveSerial, ITransferSink sink, Remote remote)
    {
        ArgumentNullException.ThrowIfNull(zone);
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(remote);
        _zone = zone;
        _haveSerial = haveSerial;
        _key = remote.Key;
        _text = new FailureText(remote, zone, Undertaking.Transfer);
        _content = new TransferContent(zone, haveSerial, sink, _text);
    }

    /// <summary>Why it failed, once <see cref="Next"/> said so.</summary>
    public Failure? Failure { get; private set; }

    /// <summary>Records handed to the sink so far.</summary>
    public long Records => _content.Records;

    /// <summary>Whether all that has come of an IXFR is one SOA newer than ours: some servers mean by it that the whole zone is to be asked for.</summary>
    internal bool IsLoneSoa => _content.IsLoneSoa;

    /// <summary>How far it is.</summary>
    public TransferProgress Progress => new(Records, _bytes, _messages);

    /// <summary>What came of it, once <see cref="Next"/> said that it is done.</summary>
    public TransferSummary Summary => new(_content.Outcome, _haveSerial, _content.Serial, Records, _bytes, _messages)
    {
        ClockSkew = _clockSkew,
        ExpiresIn = _expiresIn,
    };

    private RecordType QuestionType => _haveSerial is null ? RecordType.AXFR : RecordType.IXFR;

    /// <summary>Writes the request, signed where there is a key, and returns its length. 1,024 octets always do.</summary>
    /// <param name="edns">Asks how long the zone is served without its primary (RFC 7314); some old servers understand no OPT record.</param>
    public int WriteRequest(Span<byte> buffer, ushort id, DateTimeOffset now, bool edns = true)
    {
        _id = id;
        var writer = new MessageWriter(buffer, id, MessageHeader.MakeFlags(Opcode.Query));
        writer.TryWriteQuestion(_zone.Wire, QuestionType, RecordClass.IN);
        if (_haveSerial is { } serial)
        {
            // RFC 1995 §3: the SOA of the version we have; servers look at its serial alone.
            Span<byte> rdata = stackalloc byte[22];
            rdata.Clear();
            BinaryPrimitives.WriteUInt32BigEndian(rdata[2..], serial);
            writer.TryWriteRecord(MessageSection.Authority, new WireRecord(_zone.Wire, RecordType.SOA, RecordClass.IN, 0, rdata));
        }

        if (edns)
        {
            Span<byte> option = stackalloc byte[EdnsOption.HeaderLength];
            EdnsOption.Write(option, EdnsOptionCode.Expire, []);
            writer.TryWriteOpt(new EdnsHeader(EdnsHeader.DefaultPayloadSize, DnssecOk: false), option);
        }

        if (_key is null)
        {
            return writer.Length;
        }

        using var signer = TsigSigner.ForRequest(_key);
        var length = signer.Sign(buffer, writer.Length, now);
        _verifier = new TsigVerifier(_key, signer.Mac);
        return length;
    }

    /// <summary>Takes the next message of the answer.</summary>
    public TransferStep Next(ReadOnlySpan<byte> message, DateTimeOffset now)
    {
        if (_step != TransferStep.More)
        {
            throw new InvalidOperationException("The transfer is over.");
        }

        _messages++;
        _bytes += message.Length;
        var failure = Take(message, now);
        if (failure is not null)
        {
            Failure = failure;
            return _step = TransferStep.Failed;
        }

        return _step = _content.IsEnded ? TransferStep.Done : TransferStep.More;
    }

    public void Dispose() => _verifier?.Dispose();

    private Failure? Take(ReadOnlySpan<byte> message, DateTimeOffset now)
    {
        var reader = new MessageReader(message, _scratch);
        var failure = CheckHead(ref reader, message, now);
        if (failure is not null)
        {
            return failure;
        }

        var tsig = default(TsigRecord);
        var signed = false;
        while (failure is null && reader.TryReadRecord(out var record))
        {
            if (signed)
            {
                failure = _text.Malformed("a record follows its TSIG record");
            }
            else if (reader.Section == MessageSection.Answer)
            {
                failure = _content.Take(record);
            }
            else if (record.Type == RecordType.OPT)
            {
                _expiresIn = EdnsOption.ReadExpire(record.Rdata) ?? _expiresIn;
            }
            else if (record.Type == RecordType.TSIG)
            {
                signed = TsigRecord.TryParse(record, reader.RecordOffset, out tsig);
                failure = signed ? null : _text.Malformed("its TSIG record is malformed");
            }
        }

        if (failure is null && reader.Error != MessageError.None)
        {
            failure = _text.Malformed(reader.Error);
        }

        if (failure is not null)
        {
            // An altered message fails in many ways; that it was altered is the better news.
            return _verifier?.Verify(message, now) is { IsGood: false, Reason: not FailureReason.Malformed } verdict ? _text.ForTsig(verdict) : failure;
        }

        _content.EndMessage();
        return CheckSignature(message, tsig, signed, now);
    }

    private Failure? CheckHead(ref MessageReader reader, ReadOnlySpan<byte> message, DateTimeOffset now)
    {
        var header = reader.Header;
        if (reader.Error != MessageError.None)
        {
            return _text.Malformed(reader.Error);
        }

        if (header.Id != _id || !header.IsResponse || header.Opcode != Opcode.Query)
        {
            return _text.Mismatch(header.Id != _id ? "the message id differs" : "the message is no response to a query");
        }

        if (header.ResponseCode != ResponseCode.NoError)
        {
            return _verifier?.Verify(message, now) switch
            {
                null or { IsGood: true } => _text.ForCode(header.ResponseCode),
                { Reason: FailureReason.NotSigned } => _text.ForUnsignedCode(header.ResponseCode),
                { } verdict => _text.ForTsig(verdict),
            };
        }

        if (header.IsTruncated)
        {
            return _text.Make(FailureReason.Truncated, "A message of the transfer says that it is truncated, over TCP.", "Update the software of the primary.");
        }

        // NSD sends empty messages without end when a record fits in no message; a few do no harm.
        _emptyMessages = header.AnswerCount == 0 ? _emptyMessages + 1 : 0;
        if (_emptyMessages > MaxEmptyMessages)
        {
            return _text.Make(
                FailureReason.Malformed, $"The transfer brings message after message without a record, after {Records:N0} records.",
                "Look for a record in the zone whose data are almost 65,535 octets long: it fits in no DNS message, and the primary cannot send it.");
        }

        return _messages == 1 ? CheckFirst(ref reader) : CheckLater(ref reader);
    }

    /// <summary>RFC 5936 §2.2.1 wants the question repeated. It wants AA set too, but Knot leaves it out, so that flag is not looked at.</summary>
    private Failure? CheckFirst(ref MessageReader reader) =>
        reader.Header.QuestionCount == 1 ? CheckQuestion(ref reader) : _text.Mismatch("the first message does not repeat the question");

    /// <summary>RFC 5936 §2.2.1: later messages may leave the question out.</summary>
    private Failure? CheckLater(ref MessageReader reader) => reader.Header.QuestionCount switch
    {
        0 => null,
        1 => CheckQuestion(ref reader),
        _ => _text.Mismatch("a message has more than one question"),
    };

    private Failure? CheckQuestion(ref MessageReader reader)
    {
        if (!reader.TryReadQuestion(out var question))
        {
            return _text.Malformed(reader.Error);
        }

        return question.Type == QuestionType && question.Class == RecordClass.IN && WireName.Equals(question.Name, _zone.Wire)
            ? null
            : _text.Mismatch("the question differs");
    }

    private Failure? CheckSignature(ReadOnlySpan<byte> message, in TsigRecord tsig, bool signed, DateTimeOffset now)
    {
        if (_verifier is null)
        {
            return _content.CheckBegun();
        }

        var verdict = signed ? _verifier.Verify(message, tsig, now) : _verifier.TakeUnsigned(message);
        _clockSkew = verdict.ClockSkew ?? _clockSkew;
        if (!verdict.IsGood)
        {
            return _text.ForTsig(verdict);
        }

        return _content.IsEnded && !_verifier.IsSettled ? _text.ForTsig(new TsigVerdict(FailureReason.NotSigned)) : _content.CheckBegun();
    }
}
