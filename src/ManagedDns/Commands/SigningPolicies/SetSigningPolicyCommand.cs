using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Changes a signing policy and so every zone that uses it: another algorithm begins a rollover, another denial a signing of the whole zone.</summary>
/// <example>
/// <code>Set-SigningPolicy Default -Denial Nsec3</code>
/// Has every zone of the default policy use NSEC3 from now on.
/// </example>
[Cmdlet(VerbsCommon.Set, "SigningPolicy", SupportsShouldProcess = true)]
[OutputType(typeof(SigningPolicyInfo))]
public sealed class SetSigningPolicyCommand : SigningPolicyCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SigningPolicyCompleter))]
    public string Name { get; set; } = "";

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        var (name, change) = (Name, Change());
        var policy = Store.SigningPolicies.Get(name);
        if (ShouldProcess($"Signing policy '{policy.Name}' of {Tell(AffectedZones.OfPolicy(View, policy.Id))}", "Set"))
        {
            Enqueue(
                name,
                () => Store.SigningPolicies.Update(name, change),
                PassThru ? _ => SigningView.Show(Store, Store.SigningPolicies.Get(name)) : null);
        }
    }
}
