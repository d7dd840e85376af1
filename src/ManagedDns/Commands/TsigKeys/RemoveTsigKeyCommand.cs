using System.Management.Automation;
using ManagedDns.Completers;

namespace ManagedDns.Commands;

/// <summary>Removes TSIG keys. One in use stays: the error names what uses it.</summary>
/// <example>
/// <code>Remove-TsigKey old.example.com</code>
/// Removes a key that nothing uses.
/// </example>
[Cmdlet(VerbsCommon.Remove, "TsigKey", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveTsigKeyCommand : ChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(TsigKeyCompleter))]
    public string[] Name { get; set; } = [];

    protected override void ProcessItem()
    {
        foreach (var text in Name)
        {
            Try(text, () =>
            {
                var name = Names.Parse(text);
                if (ShouldProcess($"TSIG key '{name.ToDisplayString()}'", "Remove"))
                {
                    Enqueue(text, () => Store.TsigKeys.Remove(name));
                }
            });
        }
    }
}
