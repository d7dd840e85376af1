using System.Management.Automation;

namespace ManagedDns.Commands;

/// <summary>What the cmdlets share that have the machine run the server as a service.</summary>
public abstract class ServiceCmdlet : MachineCmdlet
{
    /// <summary>The service's name; of the unit of systemd without .service. Another one for each store of a machine.</summary>
    [Parameter]
    [ValidatePattern(@"^[A-Za-z0-9_.@-]+$")]
    [Alias("UnitName")]
    public string ServiceName { get; set; } = "managed-dnsd";
}
