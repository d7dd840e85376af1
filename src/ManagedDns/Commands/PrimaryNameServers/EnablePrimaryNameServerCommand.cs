using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>
/// Lets zones be transferred from primaries. Each is asked for a zone first; when it does not answer well, that is a warning, and it is enabled all the same.
/// </summary>
[Cmdlet(VerbsLifecycle.Enable, "PrimaryNameServer", SupportsShouldProcess = true)]
[OutputType(typeof(PrimaryNameServerInfo))]
public sealed class EnablePrimaryNameServerCommand : PrimaryChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PrimaryNameServerCompleter))]
    public string[] Name { get; set; } = [];

    protected override void ProcessItem()
    {
        foreach (var name in Name)
        {
            Try(name, () =>
            {
                var primary = Store.Primaries.Get(name);
                var setting = Store.CommonSettings.Find(primary.CommonSettingId)!;
                if (!ShouldProcess($"Primary name server '{primary.Name}', {Describe(setting)}", "Enable"))
                {
                    return;
                }

                WarnUnlessItAnswers(primary with { Enabled = true });
                Enqueue(
                    name,
                    () => Store.Primaries.Update(name, current => current with { Enabled = true }),
                    PassThru ? view => view.Show(Store.Primaries.Get(name)) : null);
            });
        }
    }
}
