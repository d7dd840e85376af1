using System.Management.Automation;
using System.Security;
using ManagedDns.Dns.Tsig;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Makes a TSIG key, with a random secret unless one is given. Its output shows the secret.</summary>
[Cmdlet(VerbsCommon.New, "TsigKey", SupportsShouldProcess = true)]
[OutputType(typeof(NewTsigKeyInfo))]
public sealed class NewTsigKeyCommand : ChangeCmdlet
{
    /// <summary>The key's name; both servers must use the same.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    public string Name { get; set; } = "";

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public TsigAlgorithm Algorithm { get; set; }

    /// <summary>The secret in Base64, where the other server has made it.</summary>
    [Parameter]
    public SecureString? Secret { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string Comment { get; set; } = "";

    protected override void ProcessItem()
    {
        var name = Names.Parse(Name);
        var key = new TsigKey(name, Algorithm, Secret is null ? TsigSecret.Make(Algorithm) : TsigSecret.Read(Secret, Name));
        var comment = Comment;
        if (!ShouldProcess($"TSIG key '{name.ToDisplayString()}' ({Algorithm})", "New"))
        {
            return;
        }

        if (TsigSecret.Weakness(key) is { } weakness)
        {
            WriteWarning(weakness);
        }

        Enqueue(
            Name,
            () => Store.TsigKeys.Add(key, comment),
            view => view.ShowWithSecret(view.Settings.TsigKeys.Values.First(made => made.Name == name)));
    }
}
