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
/// answer's messages in order and hands their records to a sink.
/// <code>
/// First ──SOA──▶ AXFR asked for ─────────────────────▶ Zone ───────────────SOA──▶ Ended
///   │            IXFR ──no SOA second────────────────▶ Zone
///   │             │  └──SOA of the serial we have──▶ Deleting ⇄ Adding ──SOA──▶ Ended
///   └─ a single SOA that is not newer ──────────────────────────────────────────▶ Ended (up to date)
/// </code>
/// A border between messages may lie anywhere.
/// </summary>
public sealed class InboundTransfer : IDisposable
{
    private const int MaxEmptyMessages = 10;

    private readonly DomainName _zone;
    private readonly uint? _haveSerial;
    private readonly ITransferSink _sink;
    private readonly TsigKey? _key;
    private readonly FailureText _text;
    private readonly byte[] _scratch = new byte[MessageReader.ScratchLength];
    private TsigVerifier? _verifier;
    private ushort _id;
    private TransferStep _step = TransferStep.More;
    private State _state = State.First;
    private TransferOutcome _outcome = TransferOutcome.UpToDate;
    // The transfer's first record: an IXFR's second one tells what it opens.
    private ResourceRecord? _firstSoa;
    private uint _serial;
    private uint _sequenceSerial;
    private int _messages;
    private int _emptyMessages;
    private long _bytes;
    private TimeSpan? _clockSkew;

    private enum State
    {
        First, Second, Zone, Deleting, Adding, Ended,
    }

    /// <param name="haveSerial">Asks for the differences since that serial (IXFR); null asks for the whole zone (AXFR).</param>
    /// <param name="remote">The server: its key signs and verifies, the rest words failures.</param>
    public InboundTransfer(DomainName zone, uint? haveSerial, ITransferSink sink, Remote remote)
    {
        ArgumentNullException.ThrowIfNull(zone);
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(remote);
        _zone = zone;
        _haveSerial = haveSerial;
        _sink = sink;
        _key = remote.Key;
        _text = new FailureText(remote, zone, Undertaking.Transfer);
    }

    /// <summary>Why it failed, once <see cref="Next"/> said so.</summary>
    public Failure? Failure { get; private set; }

    /// <summary>Records handed to the sink so far.</summary>
    public long Records { get; private set; }

    /// <summary>How far it is.</summary>
    public TransferProgress Progress => new(Records, _bytes, _messages);

    /// <summary>What came of it, once <see cref="Next"/> said that it is done.</summary>
    public TransferSummary Summary => new(_outcome, _haveSerial, _serial, Records, _bytes, _messages) { ClockSkew = _clockSkew };

    private RecordType QuestionType => _haveSerial is null ? RecordType.AXFR : RecordType.IXFR;

    /// <summary>Writes the request, signed where there is a key, and returns its length. 1,024 octets always do.</summary>
    public int WriteRequest(Span<byte> buffer, ushort id, DateTimeOffset now)
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

        return _step = _state == State.Ended ? TransferStep.Done : TransferStep.More;
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
                failure = TakeRecord(record);
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

        EndSingleSoa();
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
            // What an unsigned refusal says is not trusted further than to tell the operator.
            return _verifier?.Verify(message, now) is { IsGood: false, Reason: not FailureReason.NotSigned } verdict
                ? _text.ForTsig(verdict)
                : _text.ForCode(header.ResponseCode);
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

    private Failure? TakeRecord(in WireRecord record)
    {
        if (record.Class != RecordClass.IN)
        {
            return _text.Mismatch("a record is not of class IN");
        }

        return record.Type == RecordType.SOA ? TakeSoa(record) : TakeOther(record);
    }

    private Failure? TakeOther(in WireRecord record)
    {
        switch (_state)
        {
            case State.First:
                return MissingSoa("does not begin with the zone's SOA record");
            case State.Ended:
                return _text.Malformed("records follow the closing SOA record");
            case State.Second:
                BeginZone();
                break;
        }

        if (!WireName.IsSubdomainOf(record.Owner, _zone.Wire))
        {
            var owner = DomainName.FromWire(record.Owner).ToDisplayString();
            return _text.Make(
                FailureReason.OutOfZone, $"The transfer has a record of {owner} ({record.Type}), which does not lie in {_zone.ToDisplayString()}.",
                "Remove the record from the zone on the primary.");
        }

        if (_state == State.Deleting)
        {
            _sink.Delete(record);
        }
        else
        {
            _sink.Add(record);
        }

        Records++;
        return null;
    }

    private Failure? TakeSoa(in WireRecord record)
    {
        if (!WireName.Equals(record.Owner, _zone.Wire))
        {
            return _text.Make(
                FailureReason.OutOfZone, $"The transfer has a SOA record of {DomainName.FromWire(record.Owner).ToDisplayString()}, which is not the zone's apex.",
                "Remove the record from the zone on the primary.");
        }

        if (!Soa.TryRead(record.Rdata, out var soa))
        {
            return _text.Malformed("it has a malformed SOA record");
        }

        switch (_state)
        {
            case State.First:
                _serial = soa.Serial;
                _firstSoa = ResourceRecord.From(record);
                _state = State.Second;
                if (_haveSerial is null)
                {
                    BeginZone();
                }

                return null;
            case State.Second when soa.Serial == _haveSerial && _serial != _haveSerial:
                _outcome = TransferOutcome.Differences;
                BeginDifference(record, soa.Serial);
                return null;
            case State.Second when soa.Serial == _serial && _serial == _haveSerial:
                _state = State.Ended;
                return null;
            case State.Second when soa.Serial == _serial:
                // A zone of nothing but its SOA.
                BeginZone();
                _state = State.Ended;
                return null;
            case State.Second:
                return MissingSoa($"offers differences from serial {soa.Serial} while we have {_haveSerial}");
            case State.Zone when soa.Serial == _serial:
                _state = State.Ended;
                return null;
            case State.Zone:
                return MissingSoa($"begins with serial {_serial} and ends with {soa.Serial}");
            case State.Deleting:
                _sequenceSerial = soa.Serial;
                _state = State.Adding;
                _sink.Add(record);
                Records++;
                return null;
            case State.Adding when soa.Serial != _sequenceSerial:
                return MissingSoa($"goes on from serial {soa.Serial} after a sequence that ended with {_sequenceSerial}");
            case State.Adding when soa.Serial == _serial:
                _state = State.Ended;
                return null;
            case State.Adding:
                BeginDifference(record, soa.Serial);
                return null;
            default:
                return _text.Malformed("records follow the closing SOA record");
        }
    }

    private void BeginZone()
    {
        _outcome = TransferOutcome.WholeZone;
        _state = State.Zone;
        _sink.BeginZone(_serial);
        _sink.Add(_firstSoa!.AsWire());
        Records++;
    }

    private void BeginDifference(in WireRecord soa, uint fromSerial)
    {
        _state = State.Deleting;
        _sink.BeginDifference(fromSerial);
        _sink.Delete(soa);
        Records++;
    }

    /// <summary>RFC 1995 §4: a single SOA that is not newer than ours means that there is nothing to transfer. A newer one is the start of something.</summary>
    private void EndSingleSoa()
    {
        if (_state == State.Second && !new Serial(_serial).IsNewerThan(_haveSerial!.Value))
        {
            _state = State.Ended;
        }
    }

    private Failure? CheckSignature(ReadOnlySpan<byte> message, in TsigRecord tsig, bool signed, DateTimeOffset now)
    {
        if (_verifier is null)
        {
            return _state == State.First ? MissingSoa("has no records") : null;
        }

        var verdict = signed ? _verifier.Verify(message, tsig, now) : _verifier.TakeUnsigned(message);
        _clockSkew = verdict.ClockSkew ?? _clockSkew;
        if (!verdict.IsGood)
        {
            return _text.ForTsig(verdict);
        }

        if (_state == State.First)
        {
            return MissingSoa("has no records");
        }

        return _state == State.Ended && !_verifier.IsSettled ? _text.ForTsig(new TsigVerdict(FailureReason.NotSigned)) : null;
    }

    /// <param name="what">Follows "The transfer".</param>
    private Failure MissingSoa(string what) =>
        _text.Make(FailureReason.MissingSoa, $"The transfer {what}.", "Look into the primary's log; a transfer of the whole zone (Start-ZoneTransfer -Full) may help.");
}
