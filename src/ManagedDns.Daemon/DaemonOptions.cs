using System.Diagnostics.CodeAnalysis;
using ManagedDns.Store;

namespace ManagedDns.Daemon;

internal enum DaemonMode
{
    Foreground, Detach, Detached, Help, Version,
}

internal static class ExitCode
{
    public const int Success = 0;
    public const int Failed = 1;
    public const int Usage = 2;
}

/// <summary>The command line.</summary>
/// <param name="Store">The store's folder, an absolute path.</param>
internal sealed record DaemonOptions(string Store, DaemonMode Mode)
{
    /// <summary>What the launcher gives to the process that it starts; not for people.</summary>
    public const string DetachedOption = "--detached";

    public const string Help = """
        managed-dnsd: answers for the managed zones of a store and keeps them up to date.

        Usage: managed-dnsd [--store FOLDER] [--foreground | --detach]

          --store FOLDER   the store; else MANAGEDDNS_STORE, else the place for service data
          --foreground     stay in this terminal and log to it (the default)
          --detach         return once the server serves, which then runs on without a terminal; prints one line of JSON
          --version        print the version
          --help           print this

        Exit code: 0 served and was stopped (with --detach: serves), 1 failed to start, 2 wrong usage.
        Settings come from the store: see Set-SecondaryServer in the PowerShell module ManagedDns.
        """;

    public static bool TryParse(string[] arguments, [NotNullWhen(true)] out DaemonOptions? options, [NotNullWhen(false)] out string? error)
    {
        string? store = null;
        DaemonMode? mode = null;
        options = null;
        error = null;
        for (var i = 0; i < arguments.Length && error is null; i++)
        {
            DaemonMode? asked = arguments[i] switch
            {
                "--foreground" => DaemonMode.Foreground,
                "--detach" => DaemonMode.Detach,
                DetachedOption => DaemonMode.Detached,
                "--help" or "-h" => DaemonMode.Help,
                "--version" => DaemonMode.Version,
                _ => null,
            };
            if (arguments[i] == "--store")
            {
                if (++i == arguments.Length || arguments[i].Length == 0)
                {
                    error = "--store needs a folder.";
                }
                else
                {
                    store = arguments[i];
                }
            }
            else if (asked is null)
            {
                error = $"'{arguments[i]}' is not an option.";
            }
            else if (mode is not null && mode != asked)
            {
                error = $"'{arguments[i]}' does not go with what stands before it.";
            }
            else
            {
                mode = asked;
            }
        }

        if (error is not null)
        {
            return false;
        }

        options = new DaemonOptions(StoreFolder.Resolve(store), mode ?? DaemonMode.Foreground);
        return true;
    }
}
