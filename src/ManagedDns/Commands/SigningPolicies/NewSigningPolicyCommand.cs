using System.Management.Automation;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Makes a signing policy. What is not given is as in a policy that nobody changed: ECDSAP256SHA256, one key, NSEC, two weeks.</summary>
/// <example>
/// <code>New-SigningPolicy strict -Denial Nsec3 -SplitKeys -ZskLifetime 30.0:0:0</code>
/// Makes a policy with NSEC3 and a zone-signing key that is replaced every thirty days.
/// </example>
[Cmdlet(VerbsCommon.New, "SigningPolicy", SupportsShouldProcess = true)]
[OutputType(typeof(SigningPolicyInfo))]
public sealed class NewSigningPolicyCommand : SigningPolicyCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [NewName]
    public string Name { get; set; } = "";

    protected override void ProcessItem()
    {
        var (name, change) = (Name, Change());
        if (ShouldProcess($"Signing policy '{name}'", "New"))
        {
            Enqueue(
                name,
                () => Store.SigningPolicies.Add(change(new SigningPolicy(0, name))),
                _ => SigningView.Show(Store, Store.SigningPolicies.Get(name)));
        }
    }
}
