using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Dns.Tsig;
using ManagedDns.Output;
using ManagedDns.Settings;
using ManagedDns.Store;

namespace ManagedDns.Commands;

/// <summary>
/// Has a new TSIG key, of the same name or of another, begin to take a key's place. From then on both are accepted, and we sign with the new one
/// where the other side takes it, else with the old one, so that each peer can be changed when it suits. Get-TsigKeyUse shows who has changed,
/// Complete-TsigKeyRollover lets the old one go. The output shows the new secret.
/// </summary>
/// <example>
/// <code>Start-TsigKeyRollover transfer.example.com -NewName transfer2.example.com</code>
/// Makes a key of another name, which primaries and secondaries can have beside the old one.
/// </example>
/// <example>
/// <code>Start-TsigKeyRollover transfer.example.com</code>
/// Makes another secret for the key; each peer changes from one to the other at its own time.
/// </example>
[Cmdlet(VerbsLifecycle.Start, "TsigKeyRollover", SupportsShouldProcess = true)]
[OutputType(typeof(NewTsigKeyInfo))]
public sealed class StartTsigKeyRolloverCommand : TsigKeyCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(TsigKeyCompleter))]
    public string Name { get; set; } = "";

    /// <summary>The new key's name. Without it, it is the old one's, and only the secret is new.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewName { get; set; }

    protected override void ProcessItem()
    {
        var name = Names.Parse(Name);
        var old = Store.TsigKeys.Get(name);
        if (old.Key.Successor is { } running)
        {
            throw new StoreException(
                StoreError.Invalid,
                $"'{running.Name.ToDisplayString()}' ({running.Fingerprint}) is taking the place of the TSIG key '{Name}' already.",
                "Finish that with Complete-TsigKeyRollover, or give it up with Stop-TsigKeyRollover.")
            {
                Target = Name,
            };
        }

        var algorithm = IsBound(nameof(Algorithm)) ? Algorithm : old.Key.Algorithm;
        var successor = new TsigKey(
            NewName is null ? old.Name : Names.Parse(NewName),
            algorithm,
            Secret is null ? TsigSecret.Make(algorithm) : TsigSecret.Read(Secret, NewName ?? Name));
        if (successor.Equals(old.Key))
        {
            throw Names.Invalid(
                Name, "The new key is the old one: name, algorithm and secret are alike.", "Give another secret, or none to have one made.");
        }

        if (!ShouldProcess(
            $"TSIG key '{old.Name.ToDisplayString()}', used for {Tell(AffectedZones.OfKey(View, old.Id))}",
            $"Begin to replace by '{successor.Name.ToDisplayString()}' ({algorithm})"))
        {
            return;
        }

        WarnOfWeakness(successor);
        Enqueue(
            Name,
            () => Store.TsigKeys.BeginRollover(name, successor, DateTimeOffset.UtcNow),
            view => view.ShowWithSecret(old with { Key = successor }));
    }
}
