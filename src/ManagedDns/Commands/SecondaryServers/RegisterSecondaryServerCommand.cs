using System.Management.Automation;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Has systemd run the server: from now on and after each boot, as a user of its own that may use ports below 1024 and write to the store alone,
/// watched and
/// started again when it fails. With -OutFile the unit is only written, to look at or to install by other means.
/// </summary>
/// <example>
/// <code>Register-SecondaryServer -WhatIf</code>
/// Shows what would be done; without -WhatIf, as root, it is.
/// </example>
/// <example>
/// <code>Register-SecondaryServer -OutFile ./managed-dnsd.service</code>
/// Writes the unit to a file.
/// </example>
[Cmdlet(VerbsLifecycle.Register, "SecondaryServer", SupportsShouldProcess = true, DefaultParameterSetName = SystemSet)]
[OutputType(typeof(SecondaryServerInfo))]
[OutputType(typeof(FileInfo))]
public sealed class RegisterSecondaryServerCommand : SystemdCmdlet
{
    private const string SystemSet = "System";
    private const string FileSet = "OutFile";

    /// <summary>The user that the server runs as; made where there is none.</summary>
    [Parameter]
    [ValidatePattern(@"^[a-z_][a-z0-9_-]*$")]
    public string User { get; set; } = "managed-dns";

    /// <summary>Registers it for the next boot and does not start it now.</summary>
    [Parameter(ParameterSetName = SystemSet)]
    public SwitchParameter NoStart { get; set; }

    /// <summary>Writes the unit to this file and does nothing else.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FileSet)]
    public string? OutFile { get; set; }

    private protected override bool MakesStore => ParameterSetName == SystemSet && !IsWhatIf;

    protected override void ProcessItem()
    {
        var program = Daemon.Find() ?? throw new ServerException(
            "DaemonMissing", ErrorCategory.ObjectNotFound, $"The server's program is in none of these places: {string.Join(", ", Daemon.Places())}.",
            $"Install the packaged module, build the checkout, or set {Daemon.EnvironmentVariable}.");
        var unit = new SystemdUnit(program, StoreFolderPath, User);
        if (OutFile is not null)
        {
            WriteUnit(PathOf(OutFile), unit);
            return;
        }

        if (!ShouldProcess($"{UnitFile} for the store '{StoreFolderPath}'", NoStart ? "Register" : "Register and start"))
        {
            return;
        }

        RequireSystemd();
        if (RunningServer.Find(Store) is { State: ServerState.Running } running)
        {
            throw new ServerException(
                "InUse", ErrorCategory.ResourceBusy, $"A server runs on '{StoreFolderPath}' already, as process {running.ProcessId}.", "Stop it first: Stop-SecondaryServer.");
        }

        if (!File.ReadLines("/etc/passwd").Any(line => line.StartsWith(User + ":", StringComparison.Ordinal)))
        {
            Run("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", StoreFolderPath, "--shell", "/usr/sbin/nologin", User);
        }

        File.WriteAllText(UnitFile, unit.Text);
        Run("systemctl", "daemon-reload");
        Run("systemctl", [.. NoStart ? (string[])["enable"] : ["enable", "--now"], UnitName]);
        WriteObject(ServerView.Show(Store));
    }

    private void WriteUnit(string file, SystemdUnit unit)
    {
        if (ShouldProcess(file, "Write"))
        {
            try
            {
                File.WriteAllText(file, unit.Text);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Names.Invalid(file, $"'{file}' cannot be written: {Names.Why(e)}", "Give a path in a folder that exists and that you may write to.");
            }

            WriteObject(new FileInfo(file));
        }
    }
}
