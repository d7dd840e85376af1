using ManagedDns.Dns;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Wire;

namespace ManagedDns.TestKit;

/// <summary>Keeps what a transfer hands over, one line a call: <c>zone 5</c>, <c>from 4</c>, <c>+ www.example.com. A</c>, <c>- …</c>.</summary>
public sealed class RecordingSink : ITransferSink
{
    public List<string> Calls { get; } = [];

    public List<ResourceRecord> Added { get; } = [];

    public void BeginZone(uint serial) => Calls.Add($"zone {serial}");

    public void BeginDifference(uint fromSerial) => Calls.Add($"from {fromSerial}");

    public void Add(in WireRecord record)
    {
        Added.Add(ResourceRecord.From(record));
        Calls.Add("+ " + Describe(record));
    }

    public void Delete(in WireRecord record) => Calls.Add("- " + Describe(record));

    private static string Describe(in WireRecord record)
    {
        var text = $"{DomainName.FromWire(record.Owner)} {record.Type}";
        return Soa.TryRead(record.Rdata, out var soa) && record.Type == RecordType.SOA ? $"{text} {soa.Serial}" : text;
    }
}
