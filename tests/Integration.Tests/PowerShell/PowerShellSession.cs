using ManagedDns.Integration.Tests.Peers;

namespace ManagedDns.Integration.Tests.PowerShell;

/// <summary>Runs commands as an operator would, each time in a new session: a process of ManagedDns.Console with the built module.</summary>
internal sealed class PowerShellSession(string store)
{
    private static readonly string s_console = Path.Combine(AppContext.BaseDirectory, "ManagedDns.Console.dll");

    /// <summary>What the commands print.</summary>
    /// <exception cref="InvalidOperationException">One of them failed.</exception>
    public Task<string> RunAsync(string commands, CancellationToken cancellation) => PeerProcess.RunAsync(
        "dotnet", AppContext.BaseDirectory, cancellation, s_console, "-Command", $"$ErrorActionPreference = 'Stop'; $env:MANAGEDDNS_STORE = '{store}'; {commands}");
}
