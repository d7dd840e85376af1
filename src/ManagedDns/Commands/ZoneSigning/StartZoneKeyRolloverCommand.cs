using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Model;
using ManagedDns.Store;

namespace ManagedDns.Commands;

/// <summary>
/// Begins to replace a key of zones; Get-ZoneSigning shows what each step waits for and until when. For a zone whose first key waits to be trusted,
/// the rollover begins when that is.
/// </summary>
/// <example>
/// <code>Start-ZoneKeyRollover secure.example</code>
/// Begins to replace the key; Get-ZoneSigning shows each step.
/// </example>
/// <example>
/// <code>Start-ZoneKeyRollover secure.example -Emergency</code>
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
        var signing = Store.ZoneSignings.Find(zone.Id)
            ?? throw Names.Unknown(name, $"'{name}' is not signed here.", $"Enable-ZoneSigning -Name {name} has it signed.");
        if (signing.Ending)
        {
            throw Names.Invalid(
                name, $"The signing of '{name}' ends: no key is replaced any more.", $"Enable it again first: Enable-ZoneSigning -Name {name}.");
        }

        var keys = Store.ZoneKeys.Public(zone.Id);
        if (keys.Count == 0)
        {
            throw new StoreException(
                StoreError.TooEarly, $"'{name}' has no key yet that could be replaced: the server makes the first when it has the zone.",
                $"Get-ZoneSigning -Name {name} shows how far that is; a server that does not run is started by Start-SecondaryServer.")
            {
                Target = name,
            };
        }

        var roles = keys.Select(key => key.Role).ToHashSet();
        var role = IsBound(nameof(Role)) ? Role : KeyRole.Csk;
        if (!roles.Contains(role))
        {
            throw Names.Invalid(
                name, $"'{name}' has no {role}: its keys are {string.Join(" and ", roles.Order())}.", $"Give -Role {string.Join(" or -Role ", roles.Order())}.");
        }

        Warn(name, [.. keys.Where(key => key.Role == role)]);
        bool isCompromised = Emergency;
        if (ShouldProcess($"{role} of '{name}'", isCompromised ? "Replace as compromised" : "Replace"))
        {
            Enqueue(text, () => Store.Requests.Add(role == KeyRole.Zsk ? RequestKind.ReplaceZoneKey : RequestKind.ReplaceKeySigningKey, zone.Id, isCompromised));
        }
    }

    /// <summary>Says why nothing may be seen to begin now.</summary>
    private void Warn(string name, IReadOnlyList<ZoneKey> keys)
    {
        if (keys.All(key => key.State is KeyState.Published or KeyState.Submitted))
        {
            WriteWarning(
                $"Key {keys[0].Public.Tag} of '{name}' is not trusted by anybody yet, and is replaced when it is: Get-ZoneSigning shows what that "
                + $"waits for. As long as no DS of it was registered, Disable-ZoneSigning -Name {name} -Force and Enable-ZoneSigning make another "
                + "one at once.");
        }
        else if (keys.Any(key => key.State is KeyState.Introduced or KeyState.Published or KeyState.Submitted))
        {
            WriteWarning($"A {keys[0].Role} of '{name}' is being replaced already, and nothing else begins: Get-ZoneSigningKey shows both.");
        }
    }
}
