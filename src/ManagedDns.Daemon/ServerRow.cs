using ManagedDns.Dns;
using ManagedDns.Engine;
using ManagedDns.Model;
using ManagedDns.Store;

namespace ManagedDns.Daemon;

/// <summary>The server's own row in the store: what cmdlets see of it.</summary>
internal sealed class ServerRow
{
    private readonly Lock _gate = new();
    private readonly ServiceManager _manager = ServiceManager.Find();
    private readonly StatusWriter _writer;
    private readonly TimeProvider _time;
    private readonly Func<Failure?> _storage;
    private ServerStatus _status;

    /// <param name="storage">What is wrong with what the server keeps, looked at with each heartbeat.</param>
    public ServerRow(string node, StatusWriter writer, TimeProvider time, Func<Failure?> storage)
    {
        _storage = storage;
        _writer = writer;
        _time = time;
        _status = new ServerStatus(node, ServerState.Starting, Environment.ProcessId, ServerProcess.Version) { Started = time.GetUtcNow() };
        Heartbeat();
    }

    /// <summary>A change of listen addresses that failed shows as a failure of a server that runs on as before.</summary>
    public void Running(SecondaryServer server)
    {
        Set(status => status with
        {
            State = ServerState.Running,
            EndPoints = [.. server.EndPoints],
            TlsEndPoints = [.. server.TlsEndPoints],
            AppliedGeneration = server.Settings.Generation,
            Failure = server.ListenFailure,
        });
        _manager.Ready($"Serving on {string.Join(", ", server.EndPoints)}");
    }

    public void Failed(Failure failure) => Set(status => status with { State = ServerState.Failed, EndPoints = [], TlsEndPoints = [], Failure = failure });

    public void Stopping()
    {
        Set(status => status.State == ServerState.Failed ? status : status with { State = ServerState.Stopping });
        _manager.Stopping();
    }

    public void Stopped() => Set(
        status => status.State == ServerState.Failed ? status : status with { State = ServerState.Stopped, EndPoints = [], TlsEndPoints = [] });

    /// <summary>The loop that looks at the store goes on.</summary>
    public void Heartbeat()
    {
        Set(status => status);
        _manager.Alive();
    }

    private void Set(Func<ServerStatus, ServerStatus> change)
    {
        lock (_gate)
        {
            _status = change(_status) with { Heartbeat = _time.GetUtcNow(), StorageFailure = _storage() };
            _writer.Report(_status);
        }
    }
}
