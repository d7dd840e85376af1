using ManagedDns.Daemon;

if (!DaemonOptions.TryParse(args, out var options, out var error))
{
    Console.Error.WriteLine($"managed-dnsd: {error} Try 'managed-dnsd --help'.");
    return ExitCode.Usage;
}

switch (options.Mode)
{
    case DaemonMode.Help:
        Console.Out.WriteLine(DaemonOptions.Help);
        return ExitCode.Success;
    case DaemonMode.Version:
        Console.Out.WriteLine($"managed-dnsd {ServerProcess.Version}");
        return ExitCode.Success;
    case DaemonMode.Detach:
        return await Launcher.RunAsync(options).ConfigureAwait(false);
    default:
        return await ServerProcess.RunAsync(options).ConfigureAwait(false);
}
