using System.Management.Automation.Runspaces;
using System.Runtime.InteropServices;
using ManagedDns.Console;
using Microsoft.PowerShell;

const int UsageError = 64;

// Read by the engine when its first type is touched.
Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");

var commandLine = CommandLine.Parse(args);
if (commandLine.Error is { } error)
{
    Console.Error.WriteLine(error);
    Console.Error.WriteLine(CommandLine.Usage);
    return UsageError;
}

if (commandLine.Help)
{
    Console.Out.WriteLine(CommandLine.Usage);
    return 0;
}

var host = new ConsoleHost();
var state = InitialSessionState.CreateDefault2();
if (OperatingSystem.IsWindows())
{
    // As pwsh is set up there: without it Windows runs no script at all, nor takes the module's own files.
    state.ExecutionPolicy = ExecutionPolicy.RemoteSigned;
}

using var runspace = RunspaceFactory.CreateRunspace(host, state);
runspace.Open();
Runspace.DefaultRunspace = runspace;
using var session = new Session(runspace, host);

// A script's finally blocks run before the process goes, whoever ends it.
Console.CancelKeyPress += (_, key) => key.Cancel = session.Interrupt();
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = session.Interrupt());

if (!session.ImportModule())
{
    return 1;
}

return commandLine switch
{
    { File: { } file } => session.RunFile(file, commandLine.Arguments),
    { Command: { } command } => session.RunCommand(command),
    _ => session.RunPrompt(),
};
