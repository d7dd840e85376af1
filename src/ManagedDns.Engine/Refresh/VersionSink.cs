using ManagedDns.Dns;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Zones;

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
    private ZoneUpdate? _update;

    /// <summary>The owners that may differ from the version before; null: all.</summary>
    public IReadOnlyCollection<DomainName>? Changed => _update is null || _changed.Count > MostChanged ? null : _changed;

    public void BeginZone(uint serial) => _builder = new(zone);

    public void BeginDifference(uint fromSerial) => _update ??= new(have!);

    public void Add(in WireRecord record)
    {
        if (_update is null)
        {
            _builder!.Add(record);
            return;
        }

        Note(record);
        if (!_update.Add(record))
        {
            throw Misfit(record, "add a record that is there");
        }
    }

    public void Delete(in WireRecord record)
    {
        Note(record);
        if (!_update!.Delete(record))
        {
            throw Misfit(record, "delete a record that is not there");
        }
    }

    /// <exception cref="DnsFailureException">MissingSoa, RejectedContent.</exception>
    public ZoneContents Build() => _update?.Build() ?? _builder!.Build();

    public void Dispose()
    {
        _builder?.Dispose();
        _update?.Dispose();
    }

    private void Note(in WireRecord record)
    {
        if (_changed.Count <= MostChanged)
        {
            _changed.Add(DomainName.FromWire(record.Owner));
        }
    }

    private static DnsFailureException Misfit(in WireRecord record, string what) => new(new(
        FailureReason.Mismatch,
        null,
        $"The differences {what}: {DomainName.FromWire(record.Owner)} {record.Type}.",
        "Nothing: the whole zone is transferred instead. If it happens often, look into the primary's journal."));
}
