namespace ManagedDns.Engine.Zones;

/// <summary>Finds records by hash among many of one owner: chains of their places. Places are 0 to <see cref="Count"/> - 1 without a gap.</summary>
internal sealed class RecordIndex
{
    private const int None = -1;

    private int[] _heads = [];
    private int[] _next = [];
    private int[] _hashes = [];

    public int Count { get; private set; }

    public void Clear() => (Count, _heads) = (0, []);

    /// <summary>Adds a record in the next place.</summary>
    public void Add(int hash)
    {
        if (Count == _hashes.Length || _heads.Length == 0)
        {
            Grow();
        }

        _hashes[Count] = hash;
        Link(Count++);
    }

    /// <summary>Takes the record of a place away; the last one moves there.</summary>
    public void Remove(int place)
    {
        Unlink(place);
        var last = --Count;
        if (place != last)
        {
            Unlink(last);
            _hashes[place] = _hashes[last];
            Link(place);
        }
    }

    /// <summary>The first place with a hash; -1 where there is none.</summary>
    public int First(int hash)
    {
        var place = Count == 0 ? None : _heads[Slot(hash)];
        return place != None && _hashes[place] != hash ? Next(place, hash) : place;
    }

    /// <summary>The next place with the same hash; -1 where there is none.</summary>
    public int Next(int place, int hash)
    {
        do
        {
            place = _next[place];
        }
        while (place != None && _hashes[place] != hash);

        return place;
    }

    private int Slot(int hash) => hash & (_heads.Length - 1);

    private void Link(int place)
    {
        ref var head = ref _heads[Slot(_hashes[place])];
        (_next[place], head) = (head, place);
    }

    private void Unlink(int place)
    {
        ref var at = ref _heads[Slot(_hashes[place])];
        while (at != place)
        {
            at = ref _next[at];
        }

        at = _next[place];
    }

    private void Grow()
    {
        var capacity = Math.Max(256, 2 * Count);
        Array.Resize(ref _hashes, Math.Max(capacity, _hashes.Length));
        Array.Resize(ref _next, _hashes.Length);
        _heads = new int[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)_hashes.Length)];
        _heads.AsSpan().Fill(None);
        for (var place = 0; place < Count; place++)
        {
            Link(place);
        }
    }
}
