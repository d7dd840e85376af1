using ManagedDns.Engine;
using ManagedDns.Model;
using ManagedDns.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Daemon;

/// <summary>
/// Carries what cmdlets write in the store to the server. A look costs some microseconds as long as nothing has changed, so it looks often: a change
/// is applied within 200 ms.
/// </summary>
internal sealed class StoreWatcher(
    ManagedDnsStore store, SecondaryServer server, ServerRow row, IHostApplicationLifetime lifetime, ILogger logger, long generation)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(5);

    /// <summary>After a try that failed: what is wrong with a store is seldom over in a moment, and each try writes a line.</summary>
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    private long _generation = generation;

    /// <summary>Watches until it is canceled, on the caller's thread: a timer would wake the pool's, which spins each time before it sleeps again.</summary>
    public void Run(TimeProvider time, CancellationToken cancellation)
    {
        // A stop that was asked of an earlier server is not meant for this one.
        var behind = !TryCarry(request => request.Kind != RequestKind.StopServer);
        var lastTry = time.GetTimestamp();
        var lastHeartbeat = lastTry;
        while (!cancellation.WaitHandle.WaitOne(s_interval))
        {
            if (behind ? time.GetElapsedTime(lastTry) >= s_retry : HasChanged())
            {
                lastTry = time.GetTimestamp();
                behind = !TryCarry(_ => true);
            }

            if (time.GetElapsedTime(lastHeartbeat) >= s_heartbeat)
            {
                lastHeartbeat = time.GetTimestamp();
                row.Heartbeat();
                Try(RemoveLeft);
            }
        }
    }

    private bool HasChanged()
    {
        try
        {
            return store.HasChanged();
        }
        catch (StoreException)
        {
            // Carrying will fail too, and say so.
            return true;
        }
    }

    /// <returns>False when the store could not be read or its settings not be applied; the server goes on as it is.</returns>
    private bool TryCarry(Func<Request, bool> isMeant)
    {
        // Requests first: the settings read after them hold every zone that they name.
        List<Request> requests = [];
        var carried = Try(() => requests = [.. store.Requests.TakeAll().Where(isMeant)]) && Try(ApplyChanges);

        // Settings that cannot be read keep nobody from stopping the server.
        requests.ForEach(Take);
        return carried;
    }

    private bool Try(Action step)
    {
        try
        {
            step();
            return true;
        }
        catch (StoreException e)
        {
            logger.LogError("The store cannot be read, the settings stay as they were: {Message} {Remedy}", e.Message, e.Remedy);
        }
        catch (Exception e)
        {
            // A server that no longer looked at its store could not even be stopped.
            logger.LogError(e, "The settings could not be applied");
        }

        return false;
    }

    private void ApplyChanges()
    {
        if (store.Generation == _generation)
        {
            return;
        }

        var settings = store.ReadSettings();
        server.Apply(settings);
        _generation = settings.Generation;
        row.Running(server);
        logger.LogInformation("Settings of generation {Generation} applied", settings.Generation);
    }

    private void RemoveLeft()
    {
        var left = store.CatalogMembers.RemoveLeft();
        foreach (var zone in left)
        {
            logger.LogWarning("Zone {Zone}: removed, for no catalog has listed it for the whole of the grace period.", zone.ToDisplayString());
        }

        // Our own change is none that the connection tells us of.
        if (left.Count > 0)
        {
            TryCarry(_ => true);
        }
    }

    private void Take(Request request)
    {
        if (request.Kind == RequestKind.StopServer)
        {
            logger.LogInformation("Asked to stop");
            lifetime.StopApplication();
        }
        else
        {
            server.Take(request);
        }
    }
}
