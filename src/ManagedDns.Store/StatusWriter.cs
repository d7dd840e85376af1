using System.Threading.Channels;
using ManagedDns.Model;
using ManagedDns.Store.Sql;
using ManagedDns.Store.Tables;

namespace ManagedDns.Store;

/// <summary>
/// Writes what one node observes to the store, behind its callers: reports return at once, the newest state of a zone replaces an older one that
/// still waits, and whatever has come together goes out as one transaction. Thread-safe.
/// </summary>
public sealed class StatusWriter : IStatusSink, IAsyncDisposable
{
    /// <summary>Rows in one transaction: the cmdlets' writers wait for no more than these.</summary>
    private const int BatchRows = 2000;

    private const int BusyRows = 50;

    /// <summary>Transfers that wait while the store cannot be written (disk full); older ones are forgotten first.</summary>
    private const int TransfersWaiting = 20_000;

    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(1);

    /// <summary>
    /// So long the next batch gathers after one of <see cref="BusyRows"/>: of ten thousand zones at once not each step needs to be seen.
    /// </summary>
    private static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _ending = new();
    private readonly Database _database;
    private readonly StatusTables _tables;
    private readonly string _node;
    private readonly TimeProvider _time;
    private readonly Action<StoreException> _failed;
    private readonly Task _writing;
    private readonly Queue<TransferReport> _transfers = [];
    private readonly List<TaskCompletionSource> _flushes = [];
    private readonly Dictionary<long, ZoneStatus> _zones = [];
    private readonly Dictionary<long, SigningStatus> _signings = [];
    private readonly Dictionary<(string, System.Net.IPAddress, TsigKeyUseDirection), TsigKeyUse> _keyUses = [];
    private ServerStatus? _server;

    /// <param name="failed">Told of each try that failed; what was not written is tried again.</param>
    public StatusWriter(ManagedDnsStore store, string node, TimeProvider time, Action<StoreException> failed)
    {
        // Observed rows may lose their newest commits in a power cut: they are observed anew. That saves a disk flush per batch.
        _database = Database.OpenWal(StoreFolder.SettingsFile(store.Folder), durable: false);
        _tables = new StatusTables(_database);
        _node = node;
        _time = time;
        _failed = failed;
        _writing = Task.Run(WriteAsync);
    }

    public void Report(ZoneStatus status)
    {
        lock (_gate)
        {
            _zones[status.ZoneId] = status;
        }

        _wake.Writer.TryWrite(true);
    }

    public void Report(SigningStatus status)
    {
        lock (_gate)
        {
            _signings[status.ZoneId] = status;
        }

        _wake.Writer.TryWrite(true);
    }

    public void Report(TsigKeyUse use)
    {
        lock (_gate)
        {
            _keyUses[(use.Fingerprint, use.Peer, use.Direction)] = use;
        }

        _wake.Writer.TryWrite(true);
    }

    public void Report(TransferReport report)
    {
        lock (_gate)
        {
            if (_transfers.Count == TransfersWaiting)
            {
                _transfers.Dequeue();
            }

            _transfers.Enqueue(report);
        }

        _wake.Writer.TryWrite(true);
    }

    /// <summary>The server's own row.</summary>
    public void Report(ServerStatus server)
    {
        lock (_gate)
        {
            _server = server;
        }

        _wake.Writer.TryWrite(true);
    }

    /// <summary>Waits until everything reported so far is in the store.</summary>
    /// <exception cref="StoreException">It could not be written now.</exception>
    public Task FlushAsync()
    {
        var flush = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _flushes.Add(flush);
        }

        _wake.Writer.TryWrite(true);
        return flush.Task;
    }

    /// <summary>Writes what waits, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _wake.Writer.TryComplete();
        await _ending.CancelAsync().ConfigureAwait(false);
        await _writing.ConfigureAwait(false);
        _ending.Dispose();
        _database.Dispose();
    }

    private async Task WriteAsync()
    {
        while (await _wake.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            _wake.Reader.TryRead(out _);
            var rows = WriteAll();
            if (rows is null)
            {
                await Task.Delay(s_retryAfter, _time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _wake.Writer.TryWrite(true);
            }
            else if (rows >= BusyRows)
            {
                await Task.Delay(s_gather, _time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        WriteAll();
    }

    /// <returns>The rows written; null when the store could not be written: nothing is lost then.</returns>
    private int? WriteAll()
    {
        var rows = 0;
        while (Take() is { } batch)
        {
            try
            {
                rows += _database.InTransaction(write: true, () => Write(batch));
                batch.Flushes.ForEach(flush => flush.TrySetResult());
            }
            catch (StoreException e)
            {
                PutBack(batch);
                batch.Flushes.ForEach(flush => flush.TrySetException(e));
                _failed(e);
                return null;
            }
            catch (Exception e)
            {
                // What cannot be written at all must not keep what comes after it waiting. Zones report again.
                var failure = new StoreException(
                    StoreError.Internal, $"What was observed could not be written and is lost: {e.Message}", "This is a fault of ManagedDns; please report it.", e);
                batch.Flushes.ForEach(flush => flush.TrySetException(failure));
                _failed(failure);
            }
        }

        return rows;
    }

    private int Write(Batch batch)
    {
        batch.Zones.ForEach(zone => _tables.Write(_node, zone));
        batch.Signings.ForEach(signing => _tables.Write(_node, signing));
        batch.Transfers.ForEach(transfer => _tables.Write(_node, transfer));
        batch.KeyUses.ForEach(use => _tables.Write(_node, use));
        if (batch.Server is not null)
        {
            _tables.Write(batch.Server);
        }

        return batch.Rows;
    }

    private Batch? Take()
    {
        lock (_gate)
        {
            var zones = _zones.Values.Take(BatchRows).ToList();
            zones.ForEach(zone => _zones.Remove(zone.ZoneId));
            var signings = _signings.Values.Take(BatchRows - zones.Count).ToList();
            signings.ForEach(signing => _signings.Remove(signing.ZoneId));
            List<TsigKeyUse> keyUses = [.. _keyUses.Values];
            _keyUses.Clear();
            var transfers = new List<TransferReport>();
            while (zones.Count + signings.Count + transfers.Count < BatchRows && _transfers.TryDequeue(out var transfer))
            {
                transfers.Add(transfer);
            }

            var server = _server;
            _server = null;

            // A flush is over with the batch that leaves nothing behind; so is the room that a hundred thousand zones took.
            List<TaskCompletionSource> flushes = [];
            if (_zones.Count == 0 && _signings.Count == 0 && _transfers.Count == 0)
            {
                _zones.TrimExcess(BatchRows);
                flushes.AddRange(_flushes);
                _flushes.Clear();
            }

            var batch = new Batch(zones, signings, transfers, keyUses, server, flushes);
            return batch.Rows == 0 && flushes.Count == 0 ? null : batch;
        }
    }

    /// <summary>Unless something newer was reported meanwhile.</summary>
    private void PutBack(Batch batch)
    {
        lock (_gate)
        {
            batch.Zones.ForEach(zone => _zones.TryAdd(zone.ZoneId, zone));
            batch.Signings.ForEach(signing => _signings.TryAdd(signing.ZoneId, signing));
            batch.KeyUses.ForEach(use => _keyUses.TryAdd((use.Fingerprint, use.Peer, use.Direction), use));
            batch.Transfers.AddRange(_transfers);
            _transfers.Clear();
            batch.Transfers.TakeLast(TransfersWaiting).ToList().ForEach(_transfers.Enqueue);
            _server ??= batch.Server;
        }
    }

    private sealed record Batch(
        List<ZoneStatus> Zones, List<SigningStatus> Signings, List<TransferReport> Transfers, List<TsigKeyUse> KeyUses, ServerStatus? Server,
        List<TaskCompletionSource> Flushes)
    {
        public int Rows => Zones.Count + Signings.Count + Transfers.Count + KeyUses.Count + (Server is null ? 0 : 1);
    }
}
