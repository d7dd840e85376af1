namespace ManagedDns.Store;

/// <summary>
/// Many changes as one: all become visible together at <see cref="Commit"/>, and the generation grows by one. Disposed without it, nothing has
/// happened. A change that fails (a name that exists, …) leaves the others in place, so that a batch can go on after it. No other process can write
/// meanwhile: collect first, then open one and write.
/// </summary>
public sealed class StoreTransaction : IDisposable
{
    private readonly StoreSession _session;
    private bool _open = true;

    internal StoreTransaction(StoreSession session) => _session = session;

    internal bool ChangesSettings { get; set; }

    /// <returns>The generation that holds the changes: the server has applied them when its own has reached it.</returns>
    public long Commit()
    {
        ObjectDisposedException.ThrowIf(!_open, this);
        var generation = _session.Commit(this);
        _open = false;
        return generation;
    }

    public void Dispose()
    {
        if (_open)
        {
            _open = false;
            _session.Rollback();
        }
    }
}
