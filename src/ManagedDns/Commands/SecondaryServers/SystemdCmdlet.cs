using System.ComponentModel;
using System.Diagnostics;
using System.Management.Automation;

namespace ManagedDns.Commands;

/// <summary>What the cmdlets share that have systemd run the server.</summary>
public abstract class SystemdCmdlet : ManagedDnsCmdlet
{
    private protected const string UnitFolder = "/etc/systemd/system";

    /// <summary>The unit's name, without .service; another one for each store of a machine.</summary>
    [Parameter]
    [ValidatePattern(@"^[A-Za-z0-9_.@-]+$")]
    public string UnitName { get; set; } = "managed-dnsd";

    private protected string UnitFile => Path.Combine(UnitFolder, UnitName + ".service");

    /// <exception cref="ServerException">This machine has no systemd, or we are not root.</exception>
    private protected static void RequireSystemd()
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/run/systemd/system"))
        {
            throw new ServerException(
                "NotSupported", ErrorCategory.NotImplemented, "systemd does not run this machine.",
                "Run the server with Start-SecondaryServer, in a container with Start-SecondaryServer -Foreground, or under the machine's own service manager: "
                + "managed-dnsd --store <folder> --foreground.");
        }

        if (!Environment.IsPrivilegedProcess)
        {
            throw new ServerException("NotPermitted", ErrorCategory.PermissionDenied, "Services of the system are root's to change.", "Run PowerShell as root.");
        }
    }

    /// <exception cref="ServerException">The program failed.</exception>
    private protected void Run(string program, params string[] arguments)
    {
        WriteVerbose($"{program} {string.Join(' ', arguments)}");
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var output = process.StandardOutput.ReadToEndAsync(Cancellation);
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new ServerException(
                    "ServiceFailed", ErrorCategory.ResourceUnavailable,
                    $"{program} {string.Join(' ', arguments)}: {errors.Trim()} {output.Result.Trim()}".Trim(),
                    $"journalctl -u {UnitName} may tell more.");
            }
        }
        catch (Win32Exception e)
        {
            throw new ServerException(
                "ServiceFailed", ErrorCategory.ObjectNotFound, $"{program} cannot be run: {e.Message}",
                "Install it, or write the unit alone with -OutFile.");
        }
    }
}
