using ManagedDns.Dns.Client;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Transfer;

/// <summary>
/// The records of a transfer, in order, from the opening SOA to the closing one, sorted into what the sink wants.
/// <code>
/// First ──SOA──▶ AXFR asked for ─────────────────────▶ Zone ───────────────SOA──▶ Ended
///   │            IXFR ──no SOA second────────────────▶ Zone
///   │             │  └──SOA of the serial we have──▶ Deleting ⇄ Adding ──SOA──▶ Ended
///   └─ a single SOA that is not newer ──────────────────────────────────────────▶ Ended (up to date)
/// </code>
/// </summary>
internal sealed class TransferContent(DomainName zone, uint? haveSerial, ITransferSink sink, FailureText text)
{
    private State _state = State.First;
    // The opening SOA: only an IXFR's second record tells what it opens.
    private ResourceRecord? _firstSoa;
    private uint _sequenceSerial;

    private enum State
    {
        First, Second, Zone, Deleting, Adding, Ended,
    }

    public TransferOutcome Outcome { get; private set; } = TransferOutcome.UpToDate;

    /// <summary>The serial of the opening SOA: the version that the transfer leads to.</summary>
    public uint Serial { get; private set; }

    /// <summary>Records handed to the sink.</summary>
    public long Records { get; private set; }

    public bool IsLoneSoa => _state == State.Second;

    public bool IsEnded => _state == State.Ended;

    /// <summary>A failure if not even the opening SOA has come.</summary>
    public Failure? CheckBegun() => _state == State.First ? MissingSoa("has no records") : null;

    public Failure? Take(in WireRecord record)
    {
        if (record.Class != RecordClass.IN)
        {
            return text.Mismatch("a record is not of class IN");
        }

        return record.Type == RecordType.SOA ? TakeSoa(record) : TakeOther(record);
    }

    /// <summary>The end of a message. RFC 1995 §4: a single SOA that is not newer than ours means that there is nothing to transfer. A newer one is the start of something.</summary>
    public void EndMessage()
    {
        if (_state == State.Second && !new Serial(Serial).IsNewerThan(haveSerial!.Value))
        {
            _state = State.Ended;
        }
    }

    private Failure? TakeOther(in WireRecord record)
    {
        switch (_state)
        {
            case State.First:
                return MissingSoa("does not begin with the zone's SOA record");
            case State.Ended:
                return text.Malformed("records follow the closing SOA record");
            case State.Second:
                BeginZone();
                break;
        }

        if (!WireName.IsSubdomainOf(record.Owner, zone.Wire))
        {
            var owner = DomainName.FromWire(record.Owner).ToDisplayString();
            return text.Make(
                FailureReason.OutOfZone, $"The transfer has a record of {owner} ({record.Type}), which does not lie in {zone.ToDisplayString()}.",
                "Remove the record from the zone on the primary.");
        }

        if (_state == State.Deleting)
        {
            sink.Delete(record);
        }
        else
        {
            sink.Add(record);
        }

        Records++;
        return null;
    }

    private Failure? TakeSoa(in WireRecord record)
    {
        if (!WireName.Equals(record.Owner, zone.Wire))
        {
            return text.Make(
                FailureReason.OutOfZone, $"The transfer has a SOA record of {DomainName.FromWire(record.Owner).ToDisplayString()}, which is not the zone's apex.",
                "Remove the record from the zone on the primary.");
        }

        if (!Soa.TryRead(record.Rdata, out var soa))
        {
            return text.Malformed("it has a malformed SOA record");
        }

        switch (_state)
        {
            case State.First:
                Serial = soa.Serial;
                _firstSoa = ResourceRecord.From(record);
                _state = State.Second;
                if (haveSerial is null)
                {
                    BeginZone();
                }

                return null;
            case State.Second when soa.Serial == haveSerial && Serial != haveSerial:
                Outcome = TransferOutcome.Differences;
                BeginDifference(record, soa.Serial);
                return null;
            case State.Second when soa.Serial == Serial && Serial == haveSerial:
                _state = State.Ended;
                return null;
            case State.Second when soa.Serial == Serial:
                // A zone of nothing but its SOA.
                BeginZone();
                _state = State.Ended;
                return null;
            case State.Second:
                return MissingSoa($"offers differences from serial {soa.Serial} while we have {haveSerial}");
            case State.Zone when soa.Serial == Serial:
                _state = State.Ended;
                return null;
            case State.Zone:
                return MissingSoa($"begins with serial {Serial} and ends with {soa.Serial}");
            case State.Deleting:
                _sequenceSerial = soa.Serial;
                _state = State.Adding;
                sink.Add(record);
                Records++;
                return null;
            case State.Adding when soa.Serial != _sequenceSerial:
                return MissingSoa($"goes on from serial {soa.Serial} after a sequence that ended with {_sequenceSerial}");
            case State.Adding when soa.Serial == Serial:
                _state = State.Ended;
                return null;
            case State.Adding:
                BeginDifference(record, soa.Serial);
                return null;
            default:
                return text.Malformed("records follow the closing SOA record");
        }
    }

    private void BeginZone()
    {
        Outcome = TransferOutcome.WholeZone;
        _state = State.Zone;
        sink.BeginZone(Serial);
        sink.Add(_firstSoa!.AsWire());
        Records++;
    }

    private void BeginDifference(in WireRecord soa, uint fromSerial)
    {
        _state = State.Deleting;
        sink.BeginDifference(fromSerial);
        sink.Delete(soa);
        Records++;
    }

    /// <param name="what">Follows "The transfer".</param>
    private Failure MissingSoa(string what) =>
        text.Make(FailureReason.MissingSoa, $"The transfer {what}.", "Look into the primary's log; a transfer of the whole zone (Start-ZoneTransfer -Full) may help.");
}
