using System.Management.Automation;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Shows how the server is set and how it runs, and which addresses primaries must permit and notify.</summary>
/// <example>
/// <code>Get-SecondaryServer</code>
/// Shows whether the server runs and where, and which addresses primaries must permit and notify.
/// </example>
[Cmdlet(VerbsCommon.Get, "SecondaryServer")]
[OutputType(typeof(SecondaryServerInfo))]
public sealed class GetSecondaryServerCommand : ManagedDnsCmdlet
{
    protected override void ProcessItem() => WriteObject(ServerView.Show(Store));
}
