using System.ComponentModel;
using System.Diagnostics;
using System.Management.Automation;
using ManagedDns.Services;

namespace ManagedDns.Commands;

/// <summary>What the cmdlets share that have the machine run the server as a service.</summary>
public abstract class ServiceCmdlet : ManagedDnsCmdlet
{
    /// <summary>The service's name; of the unit of systemd without .service. Another one for each store of a machine.</summary>
    [Parameter]
    [ValidatePattern(@"^[A-Za-z0-9_.@-]+$")]
    [Alias("UnitName")]
    public string ServiceName { get; set; } = "managed-dnsd";

    private protected ServiceManager Manager(ServiceManagerKind kind) => ServiceManager.Of(kind, Run);

    /// <exception cref="ServerException">The program failed.</exception>
    private void Run(string program, string[] arguments)
    {
        WriteVerbose($"{program} {string.Join(' ', arguments)}");
        try
        {
            var info = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
            using var process = Process.Start(info)!;
            var output = process.StandardOutput.ReadToEndAsync(Cancellation);
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new ServerException(
                    "ServiceFailed", ErrorCategory.ResourceUnavailable,
                    $"{program} {string.Join(' ', arguments)}: {errors.Trim()} {output.Result.Trim()}".Trim(),
                    OperatingSystem.IsWindows()
                        ? "Get-SecondaryServer and the event log of the system may tell more."
                        : $"journalctl -u {ServiceName} may tell more.");
            }
        }
        catch (Win32Exception e)
        {
            throw new ServerException(
                "ServiceFailed", ErrorCategory.ObjectNotFound, $"{program} cannot be run: {e.Message}",
                "Install it, or write what registers the service with -OutFile.");
        }
    }
}
