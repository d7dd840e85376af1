using System.Diagnostics;
using ManagedDns.Model;
using ManagedDns.Store;

namespace ManagedDns.Settings;

/// <summary>Tells whether a server runs on a store, from the row it writes and from its process.</summary>
internal static class RunningServer
{
    /// <summary>The row of a server that is alive; null where none is, whatever the last one reported.</summary>
    public static ServerStatus? Find(ManagedDnsStore store) =>
        store.Status.Servers().FirstOrDefault(server => server.State is ServerState.Starting or ServerState.Running or ServerState.Stopping && IsAlive(server.ProcessId));

    private static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
