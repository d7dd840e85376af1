using System.ComponentModel;
using System.Diagnostics;
using ManagedDns.Model;
using ManagedDns.Store;

namespace ManagedDns.Settings;

/// <summary>Tells whether a server runs on a store, from the row it writes and from its process.</summary>
internal static class RunningServer
{
    // A process writes its row soon after it has started; one that started later has only inherited the number.
    private static readonly TimeSpan s_clockTolerance = TimeSpan.FromSeconds(5);

    /// <summary>The row of a server that is alive; null where none is, whatever the last one reported.</summary>
    public static ServerStatus? Find(ManagedDnsStore store) => store.Status.Servers().FirstOrDefault(IsAlive);

    /// <summary>The server's process; null where it has ended.</summary>
    public static Process? Process(ServerStatus server)
    {
        Process? process = null;
        try
        {
            process = System.Diagnostics.Process.GetProcessById(server.ProcessId);
            if (!process.HasExited && process.StartTime.ToUniversalTime() <= server.Started.UtcDateTime + s_clockTolerance)
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

    private static bool IsAlive(ServerStatus server)
    {
        if (server.State is ServerState.Stopped or ServerState.Failed)
        {
            return false;
        }

        using var process = Process(server);
        return process is not null;
    }
}
