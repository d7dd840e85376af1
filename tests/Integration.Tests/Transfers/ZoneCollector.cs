using ManagedDns.Dns;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Wire;
using ManagedDns.Integration.Tests.Asking;

namespace ManagedDns.Integration.Tests.Transfers;

/// <summary>Keeps what a transfer brings, differences applied, as records that compare by value with those of <see cref="Reply"/>.</summary>
public sealed class ZoneCollector : ITransferSink
{
    private readonly HashSet<string> _records = new(StringComparer.Ordinal);

    /// <summary>One line a record, in order.</summary>
    public IEnumerable<string> Records => _records.Order(StringComparer.Ordinal);

    public int Differences { get; private set; }

    public void BeginZone(uint serial) => _records.Clear();

    public void BeginDifference(uint fromSerial) => Differences++;

    public void Add(in WireRecord record) => Assert.True(_records.Add(Line(record)), $"A record came twice: {Line(record)}");

    public void Delete(in WireRecord record) => Assert.True(_records.Remove(Line(record)), $"A record that is not there was deleted: {Line(record)}");

    /// <summary>The same line whether the record came through our reader or the tests' own.</summary>
    public static string Line(in WireRecord record) => new ReplyRecord(
        DomainName.FromWire(record.Owner), record.Type, record.Class, record.Ttl, CanonicalRdata.Hex(record.Type, record.Rdata)).ToString();
}
