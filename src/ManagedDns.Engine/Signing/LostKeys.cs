using ManagedDns.Dns;
using ManagedDns.Engine.Refresh;
using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>
/// Keys whose private halves cannot be opened any more. Nothing can be signed with them, the delete CDS least of all; but signing can end: who
/// removes the DS by hand is watched, and when it has left the caches, the signatures go while they are still good.
/// </summary>
internal static class LostKeys
{
    public static bool Are(IReadOnlyList<ZoneKey> keys) => keys.Any(key => key.Pkcs8.IsEmpty);

    /// <summary>A zone's keys; without their private halves where these are lost and signing is to end.</summary>
    /// <exception cref="DnsFailureException">KeyUnavailable: they cannot be opened, and are needed.</exception>
    public static IReadOnlyList<ZoneKey> Load(IKeyStore store, ZoneSigning setting)
    {
        try
        {
            return store.Load(setting.ZoneId);
        }
        catch (DnsFailureException e) when (setting.Ending && e.Failure.Reason == FailureReason.KeyUnavailable)
        {
            return store.LoadPublic(setting.ZoneId);
        }
    }

    public static SigningStatus Status(SecondaryZone zone, KeyStep step, SigningZone signing) => new(zone.Id, step.State)
    {
        WaitingFor = step.WaitingFor,
        Until = step.Until,
        FirstExpiration = signing.FirstExpiration,
        LastSigned = signing.Status.LastSigned,
        Failure = new(
            FailureReason.KeyUnavailable, null,
            $"The keys that signed {zone} cannot be opened, so its parent cannot be asked by CDS to remove the DS.",
            $"Have the DS removed at the registrar before the signatures end; Test-DsRecord -Name {zone} shows who still has one. "
            + "What was signed before is served until no cache has the DS any more."),
    };
}
