using ManagedDns.Dns;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Refresh;

/// <summary>
/// Builds the new version from what a transfer brings: from scratch when the whole zone comes, out of <paramref name="have"/> when differences do.
/// Differences must fit exactly (RFC 1995): one that takes away what is not there, or adds what is, was made for another zone than ours.
/// </summary>
internal sealed class VersionSink(DomainName zone, ZoneContents? have) : ITransferSink, IDisposable
{
    /// <summary>With more changed names than this the whole zone is checked.</summary>
    private const int MostChanged = 10_000;

    private readonly HashSet<DomainName> _changed = [];
    private ZoneBuilder? _builder;
    private readonly List<Difference> _differences = [];
    private ZoneUpdate? _update;
    private DifferenceWriter? _sequence;
    private (uint From, uint To) _serials;
    private long _deleted;
    private long _sequenceBytes;

    /// <summary>The owners that may differ from the version before; null: all.</summary>
    public IReadOnlyCollection<DomainName>? Changed => _update is null || _changed.Count > MostChanged ? null : _changed;

    /// <summary>The octets of what has come so far: as they lie in the new zone, or in differences kept twice, to be applied and to be passed on.</summary>
    public long MemoryUsed => _builder?.MemoryUsed ?? 2 * (_sequenceBytes + (_sequence?.Bytes ?? 0));

    public void BeginZone(uint serial) => _builder = new(zone);

    public void BeginDifference(uint fromSerial)
    {
        _update ??= new(have!);
        _sequence ??= new();
        EndSequence();
        _serials.From = fromSerial;
    }

    public void Add(in WireRecord record)
    {
        if (_update is null)
        {
            _builder!.Add(record);
            return;
        }

        if (!_update.Add(record))
        {
            throw Misfit(record, "add a record that is there");
        }

        Note(record);
        if (record.Type == RecordType.SOA && Soa.TryRead(record.Rdata, out var soa))
        {
            _serials.To = soa.Serial;
        }
    }

    public void Delete(in WireRecord record)
    {
        if (!_update!.Delete(record))
        {
            throw Misfit(record, "delete a record that is not there");
        }

        Note(record);
        _deleted++;
    }

    /// <summary>The new version; where differences came, with them.</summary>
    /// <exception cref="DnsFailureException">MissingSoa, RejectedContent.</exception>
    public NewVersion Build()
    {
        if (_update is null)
        {
            return new(_builder!.Build(), []);
        }

        EndSequence();
        return new(_update.Build(), [.. _differences]);
    }

    public void Dispose()
    {
        _builder?.Dispose();
        _update?.Dispose();
    }

    private void Note(in WireRecord record)
    {
        _sequence!.Add(record);
        if (_changed.Count <= MostChanged)
        {
            _changed.Add(DomainName.FromWire(record.Owner));
        }
    }

    private void EndSequence()
    {
        if (_sequence!.Records is var records and > 0)
        {
            _sequenceBytes += _sequence.Bytes;
            _differences.Add(new(_serials.From, _serials.To, _sequence.Take(), _deleted, records - _deleted));
            _deleted = 0;
        }
    }

    private static DnsFailureException Misfit(in WireRecord record, string what) => new(new(
        FailureReason.Mismatch,
        null,
        $"The differences {what}: {DomainName.FromWire(record.Owner)} {record.Type}.",
        "Nothing: the whole zone is transferred instead. If it happens often, look into the primary's journal."));
}
