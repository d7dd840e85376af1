using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Shows signing policies and the zones that use each.</summary>
/// <example>
/// <code>Get-SigningPolicy</code>
/// Shows all signing policies and which zones use them.
/// </example>
[Cmdlet(VerbsCommon.Get, "SigningPolicy")]
[OutputType(typeof(SigningPolicyInfo))]
public sealed class GetSigningPolicyCommand : ManagedDnsCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("SigningPolicy")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SigningPolicyCompleter))]
    public string[]? Name { get; set; }

    protected override void ProcessItem() => WriteMatching(
        Name, Store.SigningPolicies.All(), policy => policy.Name, Store.SigningPolicies.Get, policy => SigningView.Show(Store, policy));
}
