using System.Management.Automation;
using ManagedDns.Model;

namespace ManagedDns.Commands;

/// <summary>Enables or disables primaries.</summary>
public abstract class PrimarySwitchCmdlet(bool enabled) : PrimaryNameServersCmdlet
{
    /// <summary>Writes the changed primary to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected sealed override void Process(PrimaryNameServer primary)
    {
        var setting = Store.CommonSettings.Find(primary.CommonSettingId)!;
        if (!ShouldProcess($"Primary name server '{primary.Name}', {Describe(setting)}", enabled ? "Enable" : "Disable"))
        {
            return;
        }

        if (enabled)
        {
            WarnUnlessItAnswers(primary with { Enabled = true });
        }

        Enqueue(
            primary.Name,
            () => Store.Primaries.Update(primary.Name, current => current with { Enabled = enabled }),
            PassThru ? view => view.Show(Store.Primaries.Get(primary.Name)) : null);
    }
}
