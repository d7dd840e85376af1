using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Tsig;
using ManagedDns.Model;

namespace ManagedDns.Engine.Plans;

/// <summary>A primary as a refresh uses it: ready to be asked, with its key at hand.</summary>
internal sealed record PrimaryPlan(string Name, Remote Remote, TransferMode Mode = TransferMode.Incremental);

/// <summary>One network that may transfer, the key it must sign with (no key: the address is enough), and whether it must come over TLS.</summary>
/// <param name="ClientPin">The pin of the key that the client must prove to have by its certificate; null: none.</param>
internal sealed record TransferPermission(IPNetwork Network, TsigKey? Key, bool RequireTls, string? ClientPin = null);

/// <summary>
/// A common setting with all its references resolved: what its zones need to know, in one immutable object that they share.
/// Two are equal when nothing that a zone could notice differs.
/// </summary>
/// <param name="Primaries">The enabled ones, in the order in which they are tried.</param>
internal sealed record CommonPlan(
    long Id,
    string Name,
    ImmutableArray<PrimaryPlan> Primaries,
    ImmutableArray<TransferPermission> Permissions,
    ImmutableArray<Remote> NotifyTargets)
{
    public ContentCheckSettings Checks { get; init; } = ContentCheckSettings.Default;

    /// <summary>What a transfer from a primary may cost.</summary>
    public TransferLimits Limits { get; init; } = TransferLimits.Default;

    /// <summary>Whose NOTIFY is heard beside that of the primaries.</summary>
    public ImmutableArray<IPNetwork> NotifySenders { get; init; } = [];

    public static CommonPlan From(CommonSetting setting, ServiceSettings settings)
    {
        var primaries = settings.Primaries
            .Where(primary => primary.CommonSettingId == setting.Id && primary.Enabled)
            .OrderBy(primary => primary.Priority).ThenBy(primary => primary.Id)
            .Select(primary => new PrimaryPlan(
                primary.Name, ToRemote(primary.EndPoint, primary.TsigKeyId, settings) with { Tls = TermsFor(primary, settings) }, primary.TransferMode));
        var permissions = settings.ZoneTransferAcls
            .Where(acl => acl.CommonSettingId == setting.Id)
            .Select(acl => new TransferPermission(acl.Network, KeyOf(acl.TsigKeyId, settings), acl.RequireTls, acl.ClientPin));
        var targets = settings.NotifyTargets
            .Where(target => target.CommonSettingId == setting.Id)
            .Select(target => ToRemote(target.EndPoint, target.TsigKeyId, settings));
        return new(setting.Id, setting.Name, [.. primaries], [.. permissions], [.. targets])
        {
            Checks = setting.Checks,
            Limits = setting.Limits,
            NotifySenders = setting.NotifySenders,
        };
    }

    public bool SamePrimaries(CommonPlan other) => Primaries.SequenceEqual(other.Primaries);

    public bool Equals(CommonPlan? other) =>
        other is not null && Id == other.Id && Name == other.Name && SamePrimaries(other) && Checks == other.Checks && Limits == other.Limits
        && NotifySenders.SequenceEqual(other.NotifySenders)
        && Permissions.SequenceEqual(other.Permissions) && NotifyTargets.SequenceEqual(other.NotifyTargets);

    public override int GetHashCode() => Id.GetHashCode();

    /// <summary>Another server as it is talked to by the settings: with the key, from the address that they say.</summary>
    public static Remote ToRemote(IPEndPoint endPoint, long? keyId, ServiceSettings settings) =>
        new(endPoint, KeyOf(keyId, settings), SourceFor(endPoint.Address, settings.Server.TransferSources));

    private static TlsTerms? TermsFor(PrimaryNameServer primary, ServiceSettings settings) =>
        primary.Tls is { } terms ? terms with { Identity = settings.Server.Identity } : null;

    private static TsigKey? KeyOf(long? keyId, ServiceSettings settings) => keyId is { } id ? settings.TsigKeys[id].Key : null;

    private static IPAddress? SourceFor(IPAddress destination, ImmutableArray<IPAddress> sources) =>
        sources.FirstOrDefault(source => source.AddressFamily == destination.AddressFamily);
}
