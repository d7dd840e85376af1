using ManagedDns.Integration.Tests.Peers;

namespace ManagedDns.Integration.Tests.PowerShell;

/// <summary>Runs commands as an operator would, each time in a new session: a process of ManagedDns.Console with the built module.</summary>
internal sealed class PowerShellSession(string store)
{
    private static readonly string s_console = Path.Combine(AppContext.BaseDirectory, "ManagedDns.Console.dll");

    /// <summary>What the commands print.</summary>
    /// <param name="within">What the process is started by, where it is to see other things than this one.</param>
    /// <exception cref="InvalidOperationException">One of them failed.</exception>
    public Task<string> RunAsync(string commands, CancellationToken cancellation, params string[] within)
    {
        string[] command =
            [.. within, "dotnet", s_console, "-Command", $"$ErrorActionPreference = 'Stop'; $env:MANAGEDDNS_STORE = '{store}'; {commands}"];
        return PeerProcess.RunAsync(command[0], AppContext.BaseDirectory, cancellation, command[1..]);
    }
}
