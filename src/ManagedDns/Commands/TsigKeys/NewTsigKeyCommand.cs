using System.Management.Automation;
using ManagedDns.Dns.Tsig;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Makes a TSIG key, with a random secret unless one is given. Its output shows the secret.</summary>
/// <example>
/// <code>New-TsigKey key.example.org</code>
/// Makes a key with a random secret and shows the secret.
/// </example>
/// <example>
/// <code>New-TsigKey key.example.org -Algorithm HmacSha512 -Secret ([Net.NetworkCredential]::new('', 'c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ==').SecurePassword)</code>
/// Keeps a key that the other side has made.
/// </example>
[Cmdlet(VerbsCommon.New, "TsigKey", SupportsShouldProcess = true)]
[OutputType(typeof(NewTsigKeyInfo))]
public sealed class NewTsigKeyCommand : TsigKeyCmdlet
{
    /// <summary>The key's name; both servers must use the same.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [NewName]
    public string Name { get; set; } = "";

    protected override void ProcessItem()
    {
        var name = Names.Parse(Name);
        var key = new TsigKey(name, Algorithm, Secret is null ? TsigSecret.Make(Algorithm) : TsigSecret.Read(Secret, Name));
        var comment = Comment;
        if (!ShouldProcess($"TSIG key '{name.ToDisplayString()}' ({Algorithm})", "New"))
        {
            return;
        }

        WarnOfWeakness(key);
        Enqueue(
            Name,
            () => Store.TsigKeys.Add(key, comment),
            view => view.ShowWithSecret(view.Settings.TsigKeys.Values.First(made => made.Name == name)));
    }
}
