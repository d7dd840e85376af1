namespace ManagedDns.Engine.Zones;

/// <summary>
/// The versions of one zone that grew out of each other and share one arena. A cell is freed when no version that uses it is left;
/// the arena goes with the last one. Thread-safe.
/// </summary>
internal sealed class Lineage(Arena arena)
{
    // A list of their own and a lock would be a tenth of what a small zone takes.
    private ZoneVersion? _oldest;
    private ZoneVersion? _newest;
    private bool _writing;

    public Arena Arena => arena;

    /// <summary>Reserves the right to grow a new version out of <paramref name="from"/>. False where it is not the newest one, or another is in the making.</summary>
    public bool TryBeginWrite(ZoneVersion from)
    {
        lock (arena)
        {
            if (_writing || _newest != from)
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
        lock (arena)
        {
            _writing = false;
            if (version is not null)
            {
                if (_newest is { } before)
                {
                    before.Retires = retired;
                    before.Added = null;
                    before.Newer = version;
                }

                version.Older = _newest;
                _newest = version;
                _oldest ??= version;
            }

            Sweep();
        }
    }

    /// <summary>To be called when a version's last user is gone.</summary>
    public void Died(ZoneVersion version)
    {
        lock (arena)
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

        while (_oldest is { IsDead: true, Newer: { } next } first)
        {
            Free(first.Retires);
            next.Added = null;
            next.Older = null;
            _oldest = next;
        }

        // A version that was never taken up: its predecessor is the newest again.
        while (_newest is { IsDead: true, Older: { } previous, Added: { } added })
        {
            foreach (var (reference, bytes) in added)
            {
                arena.Free(reference, bytes);
            }

            previous.Retires = [];
            previous.Newer = null;
            _newest = previous;
        }

        if (_oldest is { IsDead: true, Newer: null })
        {
            _oldest = _newest = null;
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
