using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Model;

namespace ManagedDns.Commands;

/// <summary>Begins to replace a key of zones; Get-ZoneSigning shows what each step waits for and until when.</summary>
/// <example>
/// <code>New-ManagedZone signed.example -HiddenPrimary | Enable-ZoneSigning -PassThru | Start-ZoneKeyRollover</code>
/// Begins to replace the key; Get-ZoneSigning shows each step.
/// </example>
/// <example>
/// <code>New-ManagedZone signed.example -HiddenPrimary | Enable-ZoneSigning -PassThru | Start-ZoneKeyRollover -Emergency</code>
/// Replaces a key that somebody else may have, as fast as validators bear it.
/// </example>
[Cmdlet(VerbsLifecycle.Start, "ZoneKeyRollover", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class StartZoneKeyRolloverCommand : ChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    [ArgumentCompleter(typeof(SignedZoneCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Which key; a zone with one key for all needs none to be said.</summary>
    [Parameter]
    public KeyRole Role { get; set; }

    /// <summary>
    /// Somebody else may have the key: its successor signs beside it from the beginning, so that it can leave the zone as early as no cache is wrong
    /// for it. What is left is the parent's time for the DS and the TTLs, which Get-ZoneSigning shows.
    /// </summary>
    [Parameter]
    public SwitchParameter Emergency { get; set; }

    protected override void ProcessItem()
    {
        foreach (var text in Name)
        {
            Try(text, () => Begin(text));
        }
    }

    private void Begin(string text)
    {
        var zone = Store.Zones.Get(Names.Parse(text));
        var name = zone.Name.ToDisplayString();
        if (Store.ZoneSignings.Find(zone.Id) is null)
        {
            throw Names.Unknown(name, $"'{name}' is not signed here.", $"Enable-ZoneSigning -Name {name} has it signed.");
        }

        var roles = Store.ZoneKeys.Public(zone.Id).Select(key => key.Role).ToHashSet();
        var role = IsBound(nameof(Role)) ? Role : KeyRole.Csk;
        if (roles.Count > 0 && !roles.Contains(role))
        {
            throw Names.Invalid(
                name, $"'{name}' has no {role}: its keys are {string.Join(" and ", roles.Order())}.", $"Give -Role {string.Join(" or -Role ", roles.Order())}.");
        }

        bool isCompromised = Emergency;
        if (ShouldProcess($"{role} of '{name}'", isCompromised ? "Replace as compromised" : "Replace"))
        {
            Enqueue(text, () => Store.Requests.Add(role == KeyRole.Zsk ? RequestKind.ReplaceZoneKey : RequestKind.ReplaceKeySigningKey, zone.Id, isCompromised));
        }
    }
}
