using ManagedDns.Dns;
using ManagedDns.Dns.Records;
using ManagedDns.Dns.Wire;
using ManagedDns.Model;

namespace ManagedDns.Store.Contents;

/// <summary>
/// What difference sequences come to together: a record that one adds and a later one deletes is in neither list. Records are the same by owner, type
/// and data; one whose TTL alone changed is in both.
/// </summary>
public sealed class RecordChanges
{
    private readonly Dictionary<Identity, ResourceRecord> _deleted = [];
    private readonly Dictionary<Identity, ResourceRecord> _added = [];

    public IReadOnlyCollection<ResourceRecord> Deleted => _deleted.Values;

    public IReadOnlyCollection<ResourceRecord> Added => _added.Values;

    public bool Deletes(in WireRecord record) => _deleted.Count > 0 && _deleted.ContainsKey(Identity.Of(ResourceRecord.From(record)));

    /// <exception cref="InvalidDataException">The sequence cannot be read.</exception>
    public void Take(Difference difference)
    {
        var scratch = new byte[MessageReader.ScratchLength];
        var soas = 0;
        foreach (var chunk in difference.Chunks)
        {
            var reader = new MessageReader(chunk, scratch);
            while (reader.TryReadRecord(out var record))
            {
                soas += record.Type == RecordType.SOA ? 1 : 0;
                if (soas == 1)
                {
                    Delete(ResourceRecord.From(record));
                }
                else
                {
                    Add(ResourceRecord.From(record));
                }
            }

            if (reader.Error != MessageError.None)
            {
                throw new InvalidDataException($"The differences from serial {difference.FromSerial} cannot be read: {reader.Error}.");
            }
        }
    }

    public void Delete(ResourceRecord record)
    {
        var identity = Identity.Of(record);
        if (!_added.Remove(identity))
        {
            _deleted[identity] = record;
        }
    }

    public void Add(ResourceRecord record)
    {
        var identity = Identity.Of(record);
        if (_deleted.TryGetValue(identity, out var deleted) && deleted.Ttl == record.Ttl)
        {
            _deleted.Remove(identity);
        }
        else
        {
            _added[identity] = record;
        }
    }

    private readonly record struct Identity(DomainName Owner, RecordType Type, string Data)
    {
        public static Identity Of(ResourceRecord record)
        {
            var data = record.Rdata.ToArray();
            RdataLayout.Of(record.Type).MakeCanonical(data);
            return new(record.Owner, record.Type, Convert.ToBase64String(data));
        }
    }
}
