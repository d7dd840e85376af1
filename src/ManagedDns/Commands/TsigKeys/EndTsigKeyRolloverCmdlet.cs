using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;
using ManagedDns.Store;

namespace ManagedDns.Commands;

/// <summary>Ends the rollover of a TSIG key one way or the other, unless somebody would be shut out.</summary>
public abstract class EndTsigKeyRolloverCmdlet : ChangeCmdlet
{
    private const int PeersNamed = 5;

    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(TsigKeyCompleter))]
    public string Name { get; set; } = "";

    /// <summary>Does it although peers that are known to use the other key are shut out.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes the key to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected abstract bool Replaces { get; }

    /// <summary>What is done, as -WhatIf shows it.</summary>
    private protected abstract string Deed(TsigKeySetting key);

    /// <summary>Those who need the key that would go.</summary>
    private protected abstract IEnumerable<TsigKeyUseInfo> ShutOut(IReadOnlyList<TsigKeyUseInfo> uses);

    private protected abstract string Remedy { get; }

    protected override void ProcessItem()
    {
        var key = Store.TsigKeys.Get(Names.Parse(Name));
        if (key.Key.Successor is null)
        {
            throw Names.Invalid(Name, $"Nothing is taking the place of the TSIG key '{Name}'.", "Start-TsigKeyRollover begins to replace a key.");
        }

        var shutOut = ShutOut(KeyUses.Of(Store, View, key)).ToList();
        if (shutOut.Count > 0 && !Force)
        {
            var more = shutOut.Count > PeersNamed ? $"; and {shutOut.Count - PeersNamed} more" : "";
            var peers = string.Join("; ", shutOut.Take(PeersNamed).Select(Describe)) + more;
            throw new StoreException(StoreError.InUse, $"Too early for the TSIG key '{Name}': {peers}.", Remedy) { Target = Name };
        }

        if (ShouldProcess($"TSIG key '{Name}', used for {Tell(AffectedZones.OfKey(View, key.Id))}", Deed(key)))
        {
            Enqueue(Name, () => Store.TsigKeys.EndRollover(key.Name, Replaces), PassThru ? view => view.Show(view.Settings.TsigKeys[key.Id]) : null);
        }
    }

    private static string Describe(TsigKeyUseInfo use)
    {
        var who = use.UsedBy is null ? use.Peer : $"{use.UsedBy} ({use.Peer})";
        var which = use.LastRole == TsigKeyRole.Successor ? "new" : "old";
        return use.LastUsed is { } time ? $"{who} last used '{use.LastKey}', the {which} one, at {time:u}" : $"{who} has not been seen with either";
    }
}
