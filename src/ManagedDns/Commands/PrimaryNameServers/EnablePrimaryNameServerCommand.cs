using System.Management.Automation;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>
/// Lets zones be transferred from primaries. Each is asked for a zone first; when it does not answer well, that is a warning,
/// and it is enabled all the same.
/// </summary>
/// <example>
/// <code>Enable-PrimaryNameServer ns-home</code>
/// Asks ns-home for a zone, warns where it does not answer well, and enables it.
/// </example>
[Cmdlet(VerbsLifecycle.Enable, "PrimaryNameServer", SupportsShouldProcess = true)]
[OutputType(typeof(PrimaryNameServerInfo))]
public sealed class EnablePrimaryNameServerCommand() : PrimarySwitchCmdlet(enabled: true);
