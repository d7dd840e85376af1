using System.Management.Automation;
using ManagedDns.Model;

namespace ManagedDns.Commands;

/// <summary>Shows something of the signed zones that were given by name or wildcards; of all without either.</summary>
public abstract class SignedZonesCmdlet : NamedZonesCmdlet
{
    /// <summary>Shows it of one zone.</summary>
    private protected abstract void Show(ManagedZone zone);

    /// <summary>Shows it of a zone that was named: where there is nothing to show, this may say why.</summary>
    private protected virtual void ShowNamed(ManagedZone zone) => Show(zone);

    protected override void ProcessItem()
    {
        foreach (var pattern in Name ?? ["*"])
        {
            Try(pattern, () => ShowMatching(pattern));
        }
    }

    private void ShowMatching(string pattern)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(pattern))
        {
            ShowNamed(Store.Zones.Get(Names.Parse(pattern)));
            return;
        }

        var matches = Names.Matcher(pattern);
        var signings = View.Settings.ZoneSignings;
        foreach (var zone in View.Settings.Zones.Where(zone => signings.ContainsKey(zone.Id) && matches(zone.Name.ToDisplayString())))
        {
            Show(zone);
        }
    }
}
