using System.ComponentModel;
using System.Diagnostics;
using ManagedDns.Model;
using ManagedDns.Store;

namespace ManagedDns.Settings;

/// <summary>Tells whether a server runs on a store: by the lock that it holds, which the system takes from it however it ends.</summary>
internal static class RunningServer
{
    /// <summary>The row of a server that is alive; null where none is, whatever the last one reported.</summary>
    public static ServerStatus? Find(ManagedDnsStore store) => ServerLock.Holder(store.Folder) is { } holder
        ? store.Status.Servers().FirstOrDefault(server => server.ProcessId == holder && server.State is not (ServerState.Stopped or ServerState.Failed))
        : null;

    /// <summary>The server's process; null where it has ended.</summary>
    public static Process? Process(ServerStatus server)
    {
        Process? process = null;
        try
        {
            process = System.Diagnostics.Process.GetProcessById(server.ProcessId);
            if (!process.HasExited)
            {
                return process;
            }
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It has ended, or ends now.
        }

        process?.Dispose();
        return null;
    }
}
