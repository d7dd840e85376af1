using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.TransferOut;

/// <summary>The owners that differences have changed, asked for in the order of a walk.</summary>
internal sealed class ChangedPlaces
{
    private readonly List<ZonePlace> _places = [];
    private int _next;

    /// <exception cref="InvalidDataException">A difference cannot be read.</exception>
    public ChangedPlaces(IEnumerable<Difference> differences, DomainName apex)
    {
        var scratch = new byte[MessageReader.ScratchLength];
        foreach (var chunk in differences.SelectMany(difference => difference.Chunks))
        {
            var reader = new MessageReader(chunk, scratch);
            while (reader.TryReadRecord(out var record))
            {
                _places.Add(ZonePlace.Of(record, apex));
            }

            if (reader.Error != MessageError.None)
            {
                throw new InvalidDataException($"A difference of the zone '{apex.ToDisplayString()}' cannot be read: {reader.Error}.");
            }
        }

        _places.Sort();
    }

    /// <summary>Whether an owner from one place to another, both among them, has changed; not to be asked for an earlier place afterwards.</summary>
    /// <param name="to">Null: the end of the zone.</param>
    public bool AnyFrom(ZonePlace from, ZonePlace? to)
    {
        while (_next < _places.Count && _places[_next].CompareTo(from) < 0)
        {
            _next++;
        }

        return _next < _places.Count && (to is not { } end || _places[_next].CompareTo(end) <= 0);
    }
}
