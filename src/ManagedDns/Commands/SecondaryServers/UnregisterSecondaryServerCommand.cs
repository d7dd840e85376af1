using System.Management.Automation;

namespace ManagedDns.Commands;

/// <summary>Stops the server that systemd runs and takes its unit away. The store stays as it is, and so does the user.</summary>
/// <example>
/// <code>Unregister-SecondaryServer -WhatIf</code>
/// Shows what would be done; without -WhatIf, as root, it is.
/// </example>
[Cmdlet(VerbsLifecycle.Unregister, "SecondaryServer", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class UnregisterSecondaryServerCommand : SystemdCmdlet
{
    protected override void ProcessItem()
    {
        if (!ShouldProcess(UnitFile, "Stop and unregister"))
        {
            return;
        }

        RequireSystemd();
        if (!File.Exists(UnitFile))
        {
            throw Names.Unknown(UnitName, $"There is no unit '{UnitFile}'.", "Register-SecondaryServer makes one; give its name with -UnitName.");
        }

        Run("systemctl", "disable", "--now", UnitName);
        File.Delete(UnitFile);
        Run("systemctl", "daemon-reload");
    }
}
