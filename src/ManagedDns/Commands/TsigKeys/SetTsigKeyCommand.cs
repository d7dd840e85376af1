using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Dns.Tsig;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Changes a TSIG key. The server uses the new secret at once; the primary must be given it too.</summary>
/// <example>
/// <code>Set-TsigKey old.example.com -Comment 'May go at the end of the month'</code>
/// Changes the remark and leaves the secret.
/// </example>
[Cmdlet(VerbsCommon.Set, "TsigKey", SupportsShouldProcess = true)]
[OutputType(typeof(TsigKeyInfo))]
public sealed class SetTsigKeyCommand : TsigKeyCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(TsigKeyCompleter))]
    public string Name { get; set; } = "";

    /// <summary>Writes the changed key to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        var name = Names.Parse(Name);
        var old = Store.TsigKeys.Get(name);
        var algorithm = IsBound(nameof(Algorithm)) ? Algorithm : old.Key.Algorithm;
        var secret = Secret is null ? old.Key.Secret : TsigSecret.Read(Secret, Name);
        var comment = IsBound(nameof(Comment)) ? Comment : old.Comment;
        var key = new TsigKey(old.Name, algorithm, secret);
        if (!ShouldProcess($"TSIG key '{old.Name.ToDisplayString()}'{Used(old.Id)}", "Set"))
        {
            return;
        }

        WarnOfWeakness(key);
        Enqueue(
            Name,
            () => Store.TsigKeys.Update(name, current => current with { Key = key, Comment = comment }),
            PassThru ? view => view.Show(view.Settings.TsigKeys[old.Id]) : null);
    }

    private string Used(long id)
    {
        var users = Store.TsigKeys.Users(id);
        return users.Count == 0
            ? ""
            : $", used by {string.Join(", ", users.Select(user => $"{user.Noun} '{user.Name}'"))} for {Tell(AffectedZones.OfKey(View, id))}";
    }
}
