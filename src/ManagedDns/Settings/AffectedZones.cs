using ManagedDns.Model;
using ManagedDns.Store;

namespace ManagedDns.Settings;

/// <summary>Which zones an edit of what they share changes, and how -WhatIf and -Confirm tell it.</summary>
internal static class AffectedZones
{
    /// <summary>The zones whose primaries, transfer ACLs or NOTIFY targets use a TSIG key, and those whose DS it puts in the parent.</summary>
    public static IEnumerable<ManagedZone> OfKey(SettingsView view, long keyId)
    {
        var settings = view.Settings;
        return settings.Primaries.Where(primary => primary.TsigKeyId == keyId).Select(primary => primary.CommonSettingId)
            .Concat(settings.ZoneTransferAcls.Where(acl => acl.TsigKeyId == keyId).Select(acl => acl.CommonSettingId))
            .Concat(settings.NotifyTargets.Where(target => target.TsigKeyId == keyId).Select(target => target.CommonSettingId))
            .Distinct().SelectMany(view.ZonesOf)
            .Concat(settings.Zones.Where(zone => settings.ZoneSignings.GetValueOrDefault(zone.Id)?.ParentPrimary?.TsigKeyId == keyId))
            .DistinctBy(zone => zone.Id);
    }

    public static IEnumerable<ManagedZone> OfPolicy(SettingsView view, long policyId) =>
        view.Settings.Zones.Where(zone => view.Settings.ZoneSignings.GetValueOrDefault(zone.Id)?.Policy.Id == policyId);

    /// <summary>The zones that are here because a catalog lists them.</summary>
    public static IEnumerable<ManagedZone> OfCatalog(SettingsView view, ManagedDnsStore store, long catalogId)
    {
        var members = store.CatalogMembers.All(catalogId).Select(member => member.ZoneId).ToHashSet();
        return view.Settings.Zones.Where(zone => members.Contains(zone.Id));
    }

    /// <summary>As <c>2 zones: a.example, b.example</c>.</summary>
    /// <param name="most">How many are named.</param>
    public static string Tell(IEnumerable<ManagedZone> zones, int most)
    {
        ManagedZone[] all = [.. zones];
        var names = string.Join(", ", all.Take(most).Select(zone => zone.Name.ToDisplayString()));
        return all.Length switch
        {
            0 => "no zone",
            1 => $"1 zone: {names}",
            _ => $"{all.Length} zones: {names}{(all.Length > most ? $" and {all.Length - most} more" : "")}",
        };
    }
}
