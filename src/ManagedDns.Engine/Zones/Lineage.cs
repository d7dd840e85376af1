namespace ManagedDns.Engine.Zones;

/// <summary>
/// The versions of one zone that grew out of each other and share one arena. A cell is freed when no version that uses it is left;
/// the arena goes with the last one. Thread-safe.
/// </summary>
internal sealed class Lineage(Arena arena)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<ZoneVersion> _versions = [];
    private bool _writing;

    public Arena Arena => arena;

    /// <summary>Reserves the right to grow a new version out of <paramref name="from"/>. False where it is not the newest one, or another is in the making.</summary>
    public bool TryBeginWrite(ZoneVersion from)
    {
        lock (_lock)
        {
            if (_writing || _versions.Last?.Value != from)
            {
                return false;
            }

            return _writing = true;
        }
    }

    /// <summary>Ends what <see cref="TryBeginWrite"/> began. With a version: it is the newest now.</summary>
    /// <param name="retired">The cells that earlier versions use and this one does not.</param>
    public void EndWrite(ZoneVersion? version, IReadOnlyList<Cell> retired)
    {
        lock (_lock)
        {
            _writing = false;
            if (version is not null)
            {
                if (_versions.Last is { } last)
                {
                    last.Value.Retires = retired;
                    last.Value.Added = null;
                }

                _versions.AddLast(version);
            }

            Sweep();
        }
    }

    /// <summary>To be called when a version's last user is gone.</summary>
    public void Died(ZoneVersion version)
    {
        lock (_lock)
        {
            version.MarkDead();
            Sweep();
        }
    }

    private void Sweep()
    {
        if (_writing)
        {
            return;
        }

        while (_versions.First is { } first && first.Value.IsDead && first.Next is not null)
        {
            Free(first.Value.Retires);
            first.Next.Value.Added = null;
            _versions.RemoveFirst();
        }

        // A version that was never taken up: its predecessor is the newest again.
        while (_versions.Last is { } last && last.Value.IsDead && last.Previous is { } previous && last.Value.Added is { } added)
        {
            foreach (var (reference, bytes) in added)
            {
                arena.Free(reference, bytes);
            }

            previous.Value.Retires = [];
            _versions.RemoveLast();
        }

        if (_versions.First is { } only && only.Value.IsDead && only.Next is null)
        {
            _versions.Clear();
            arena.Dispose();
        }
    }

    private void Free(IReadOnlyList<Cell> cells)
    {
        foreach (var cell in cells)
        {
            arena.Free(cell.Reference, cell.Bytes);
        }
    }
}
