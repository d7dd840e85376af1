using System.Runtime.InteropServices;
using ManagedDns.Dns;

namespace ManagedDns.Engine.Zones;

/// <summary>Why a zone that is known here cannot be served; with the extended DNS error (RFC 8914) that its SERVFAIL carries.</summary>
public enum UnavailableReason
{
    /// <summary>Nothing has been transferred or loaded yet.</summary>
    NotReady = 14,

    /// <summary>The zone has expired, or what there is of it must not be used.</summary>
    InvalidData = 24,
}

/// <summary>
/// The zones that are served. A change swaps one reference: queries see the old version or the new one, whole. Queries take no lock
/// (<see cref="ReaderEpochs"/>); changes take one and return when nobody can see the old version any more.
/// </summary>
public sealed unsafe class ZoneTable : IDisposable
{
    private static readonly nint s_empty = (nint)ZoneDirectory.Create(0);

    private readonly Lock _lock = new();
    private readonly Dictionary<DomainName, Entry> _zones = [];
    private readonly ReaderEpochs _readers = new();
    private nint _directory = (nint)ZoneDirectory.Create(16);

    /// <summary>The number of zones known, served or not.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _zones.Count;
            }
        }
    }

    internal ReaderEpochs Readers => _readers;

    /// <summary>What readers look into, between <see cref="ReaderEpochs.Enter"/> and <see cref="ReaderEpochs.Exit"/>.</summary>
    internal ZoneDirectory* Directory => (ZoneDirectory*)Volatile.Read(ref _directory);

    /// <summary>Makes room for so many zones at once.</summary>
    internal void Reserve(int zones)
    {
        lock (_lock)
        {
            _zones.EnsureCapacity(zones);
        }
    }

    /// <summary>Serves this version from now on. The caller keeps its own hold.</summary>
    /// <param name="expiresAt">When the zone expires, which the EDNS EXPIRE option tells (RFC 7314); null: not known to run out, as on a primary.</param>
    public void Publish(ZoneContents contents, DateTimeOffset? expiresAt = null)
    {
        ArgumentNullException.ThrowIfNull(contents);
        var hold = contents.Share();
        var header = hold.Version.Header;
        Volatile.Write(ref header->ExpiresAt, expiresAt?.ToUnixTimeSeconds() ?? 0);
        Put(hold.Apex, new Entry(hold, (nint)header));
    }

    /// <summary>Answers SERVFAIL for the zone from now on and lets go of its contents.</summary>
    public void SetUnavailable(DomainName apex, UnavailableReason reason)
    {
        ArgumentNullException.ThrowIfNull(apex);
        Put(apex, new Entry(null, (nint)ZoneHeaderWriter.WriteUnavailable(apex, (ushort)reason)));
    }

    /// <summary>Notes when the version now served expires.</summary>
    public void SetExpiry(DomainName apex, DateTimeOffset expiresAt)
    {
        ArgumentNullException.ThrowIfNull(apex);
        lock (_lock)
        {
            if (_zones.TryGetValue(apex, out var entry))
            {
                Volatile.Write(ref ((ZoneHeader*)entry.Header)->ExpiresAt, expiresAt.ToUnixTimeSeconds());
            }
        }
    }

    /// <summary>Forgets the zone: queries for it are refused, unless a zone above it is served.</summary>
    public void Remove(DomainName apex)
    {
        ArgumentNullException.ThrowIfNull(apex);
        lock (_lock)
        {
            if (_zones.Remove(apex, out var entry))
            {
                var header = (ZoneHeader*)entry.Header;
                Directory->Remove(ZoneDirectory.Hash(apex), new ReadOnlySpan<byte>(header->Apex, header->ApexLength));
                Retire(entry);
            }
        }
    }

    /// <summary>The version served now, held for the caller, who disposes it; null where the zone is unknown or unavailable.</summary>
    public ZoneContents? Find(DomainName apex)
    {
        ArgumentNullException.ThrowIfNull(apex);
        lock (_lock)
        {
            return _zones.TryGetValue(apex, out var entry) ? entry.Contents?.Share() : null;
        }
    }

    /// <summary>Lets go of all zones; queries that come later are refused.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_directory == s_empty)
            {
                return;
            }

            var old = _directory;
            Volatile.Write(ref _directory, s_empty);
            _readers.WaitForReaders();
            ZoneDirectory.Free((ZoneDirectory*)old);
            foreach (var entry in _zones.Values)
            {
                entry.Release();
            }

            _zones.Clear();
        }
    }

    private void Put(DomainName apex, Entry entry)
    {
        lock (_lock)
        {
            if (_directory == s_empty)
            {
                entry.Release();
                throw new ObjectDisposedException(nameof(ZoneTable));
            }

            if (Directory->IsFull)
            {
                Grow();
            }

            Directory->Put(ZoneDirectory.Hash(apex), (ZoneHeader*)entry.Header);
            if (_zones.Remove(apex, out var old))
            {
                Retire(old);
            }

            _zones.Add(apex, entry);
        }
    }

    /// <summary>Gives up what was just unpublished, once no reader can see it.</summary>
    private void Retire(Entry entry)
    {
        _readers.WaitForReaders();
        entry.Release();
    }

    /// <summary>A new table with room for twice the zones there are; the places of removed zones are left behind.</summary>
    private void Grow()
    {
        var larger = ZoneDirectory.Create(_zones.Count * 4);
        foreach (var (apex, entry) in _zones)
        {
            larger->Put(ZoneDirectory.Hash(apex), (ZoneHeader*)entry.Header);
        }

        var old = _directory;
        Volatile.Write(ref _directory, (nint)larger);
        _readers.WaitForReaders();
        ZoneDirectory.Free((ZoneDirectory*)old);
    }

    /// <param name="Contents">Null where the zone is unavailable: then the header is ours alone.</param>
    private readonly record struct Entry(ZoneContents? Contents, nint Header)
    {
        public void Release()
        {
            if (Contents is null)
            {
                NativeMemory.Free((void*)Header);
            }

            Contents?.Dispose();
        }
    }
}
