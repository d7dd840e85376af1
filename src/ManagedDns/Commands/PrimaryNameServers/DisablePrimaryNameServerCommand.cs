using System.Management.Automation;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Stops zones from being transferred from primaries. They keep what they last had, until they expire.</summary>
/// <example>
/// <code>Disable-PrimaryNameServer ns-home</code>
/// Stops transfers from ns-home.
/// </example>
[Cmdlet(VerbsLifecycle.Disable, "PrimaryNameServer", SupportsShouldProcess = true)]
[OutputType(typeof(PrimaryNameServerInfo))]
public sealed class DisablePrimaryNameServerCommand() : PrimarySwitchCmdlet(enabled: false);
