using System.Collections.Frozen;
using System.Collections.Immutable;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Model;

namespace ManagedDns.Engine.Plans;

/// <summary>
/// A settings snapshot in the form the engine works with. Made from the one before it, it keeps that one's objects wherever nothing changed, so that
/// "the same object" means "nothing to do".
/// </summary>
internal sealed record ServicePlan(ServiceSettings Settings, FrozenDictionary<long, CommonPlan> CommonPlans, FrozenDictionary<DomainName, TsigKey> Keys)
{
    public static readonly ServicePlan Empty = new(
        ServiceSettings.Empty, FrozenDictionary<long, CommonPlan>.Empty, FrozenDictionary<DomainName, TsigKey>.Empty);

    public static ServicePlan From(ServiceSettings settings, ServicePlan before)
    {
        var commons = settings.CommonSettings.Values.Select(setting => CommonPlan.From(setting, settings))
            .Select(plan => before.CommonPlans.TryGetValue(plan.Id, out var old) && old.Equals(plan) ? old : plan)
            .ToFrozenDictionary(plan => plan.Id);
        var keys = settings.TsigKeys.Values.ToFrozenDictionary(key => key.Name, key => key.Key);
        var zones = before.Settings.Zones.ToDictionary(zone => zone.Id);
        return new(settings with { Zones = [.. settings.Zones.Select(zone => zones.TryGetValue(zone.Id, out var old) && old == zone ? old : zone)] }, commons, keys);
    }

    /// <summary>What has to be done to come from <paramref name="before"/> to this plan.</summary>
    public PlanDifference Since(ServicePlan before)
    {
        var oldZones = before.Settings.Zones.ToDictionary(zone => zone.Id);
        var added = ImmutableArray.CreateBuilder<ManagedZone>();
        var changed = ImmutableArray.CreateBuilder<ManagedZone>();
        foreach (var zone in Settings.Zones)
        {
            if (!oldZones.Remove(zone.Id, out var old))
            {
                added.Add(zone);
            }
            else if (old != zone || !ReferenceEquals(before.CommonPlans[old.CommonSettingId], CommonPlans[zone.CommonSettingId]))
            {
                changed.Add(zone);
            }
        }

        return new(
            added.DrainToImmutable(), changed.DrainToImmutable(), [.. oldZones.Keys],
            ListenChanged: !Settings.Server.ListenAddresses.SequenceEqual(before.Settings.Server.ListenAddresses)
                || Settings.Server.Port != before.Settings.Server.Port || Settings.Server.UdpThreads != before.Settings.Server.UdpThreads
                || Settings.Server.TlsPort != before.Settings.Server.TlsPort || !Equals(Settings.Server.Identity, before.Settings.Server.Identity)
                || Settings.Server.Tcp != before.Settings.Server.Tcp);
    }
}

/// <summary>The zones that a change of settings touches; all others are left alone.</summary>
internal sealed record PlanDifference(
    ImmutableArray<ManagedZone> Added, ImmutableArray<ManagedZone> Changed, ImmutableArray<long> Removed, bool ListenChanged)
{
    public bool ChangesZones => !(Added.IsEmpty && Changed.IsEmpty && Removed.IsEmpty);
}
