using System.Management.Automation;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Services;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Has the machine run the server as a service, from now on and after each boot, started again when it fails, as a user of its own that can write to
/// the store alone. On Linux as a unit of systemd, with the right to ports below 1024, in a sandbox and watched; on Windows as a service with an
/// account of its own (run under Wine, but not on Windows itself yet); its firewall has to let the port in. With -OutFile, what registers the service
/// is only written: the unit, or a script for Windows, to look at or to install by other means.
/// </summary>
/// <example>
/// <code>Register-SecondaryServer -WhatIf</code>
/// Shows what would be done; without -WhatIf, as root or administrator, it is.
/// </example>
/// <example>
/// <code>Register-SecondaryServer -OutFile ./managed-dnsd.service</code>
/// Writes the unit of systemd to a file (on Windows the script).
/// </example>
[Cmdlet(VerbsLifecycle.Register, "SecondaryServer", SupportsShouldProcess = true, DefaultParameterSetName = SystemSet)]
[OutputType(typeof(SecondaryServerInfo))]
[OutputType(typeof(FileInfo))]
public sealed class RegisterSecondaryServerCommand : ServiceCmdlet
{
    private const string SystemSet = "System";
    private const string FileSet = "OutFile";

    /// <summary>
    /// The user that the server runs as. On Linux managed-dns, made where there is none; on Windows the service's own account, NT SERVICE\ and its
    /// name.
    /// </summary>
    [Parameter]
    [ValidatePattern(@"^([a-z_][a-z0-9_-]*|NT (SERVICE|AUTHORITY)\\[A-Za-z0-9_.@-]+)$")]
    public string? User { get; set; }

    /// <summary>Registers it for the next boot and does not start it now.</summary>
    [Parameter(ParameterSetName = SystemSet)]
    public SwitchParameter NoStart { get; set; }

    /// <summary>Writes what registers the service to this file and does nothing else.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FileSet)]
    public string? OutFile { get; set; }

    /// <summary>Whose services the file is for; without it this machine's.</summary>
    [Parameter(ParameterSetName = FileSet)]
    public ServiceManagerKind For { get; set; } = ServiceManager.Here;

    private protected override bool MakesStore => ParameterSetName == SystemSet && !IsWhatIf;

    protected override void ProcessItem()
    {
        var program = Daemon.Find() ?? throw new ServerException(
            "DaemonMissing", ErrorCategory.ObjectNotFound, $"The server's program is in none of these places: {string.Join(", ", Daemon.Places())}.",
            $"Install the packaged module, build the checkout, or set {Daemon.EnvironmentVariable}.");
        var order = new ServiceOrder(ServiceName, program, StoreFolderPath, User);
        var manager = Manager(For);
        var obstacle = For == ServiceManager.Here ? manager.Obstacle(order) : null;
        if (OutFile is not null)
        {
            if (obstacle is var (found, remedy))
            {
                WriteWarning($"{found} {remedy}");
            }

            WriteFile(PathOf(OutFile), manager.Text(order));
            return;
        }

        if (!ShouldProcess($"{manager.Place(ServiceName)} for the store '{StoreFolderPath}'", NoStart ? "Register" : "Register and start"))
        {
            return;
        }

        manager.Require();
        if (RunningServer.Find(Store) is { State: ServerState.Running } running)
        {
            throw new ServerException(
                "InUse", ErrorCategory.ResourceBusy, $"A server runs on '{StoreFolderPath}' already, as process {running.ProcessId}.",
                "Stop it first: Stop-SecondaryServer.");
        }

        if (obstacle is var (message, way))
        {
            throw new ServerException("NotReachable", ErrorCategory.PermissionDenied, message, way);
        }

        if (NoStart)
        {
            manager.Register(order, start: false);
        }
        else
        {
            StartService(manager, ServiceName, () => manager.Register(order, start: true));
        }

        WriteObject(ServerView.Show(Store));
    }

    private void WriteFile(string file, string text)
    {
        if (ShouldProcess(file, "Write"))
        {
            try
            {
                File.WriteAllText(file, text);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Names.Invalid(
                    file, $"'{file}' cannot be written: {Names.Why(e)}", "Give a path in a folder that exists and that you may write to.");
            }

            WriteObject(new FileInfo(file));
        }
    }
}
