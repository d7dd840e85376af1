using System.Management.Automation;
using ManagedDns.Completers;

namespace ManagedDns.Commands;

/// <summary>Removes signing policies. One that zones use stays: the error names them.</summary>
/// <example>
/// <code>New-SigningPolicy spare | Remove-SigningPolicy -Confirm:$false</code>
/// Removes a policy that no zone uses.
/// </example>
[Cmdlet(VerbsCommon.Remove, "SigningPolicy", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveSigningPolicyCommand : ChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SigningPolicyCompleter))]
    public string[] Name { get; set; } = [];

    protected override void ProcessItem()
    {
        foreach (var name in Name)
        {
            Try(name, () =>
            {
                if (ShouldProcess($"Signing policy '{Store.SigningPolicies.Get(name).Name}'", "Remove"))
                {
                    Enqueue(name, () => Store.SigningPolicies.Remove(name));
                }
            });
        }
    }
}
