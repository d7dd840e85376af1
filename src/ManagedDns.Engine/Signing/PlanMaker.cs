using ManagedDns.Dns.Dnssec;
using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>What a zone's keys in their states and its policy mean for the signer.</summary>
internal static class PlanMaker
{
    /// <param name="open">Makes a private key ready for use.</param>
    public static SigningPlan Make(ZoneSigning signing, IReadOnlyList<ZoneKey> keys, Func<ZoneKey, SigningKey> open)
    {
        var policy = signing.Policy;

        // While signing ends all keys are Withdrawn, and stay in the DNSKEY RRset until the DS is forgotten.
        var published = keys.Where(key => IsPublished(key) || signing.Ending).ToList();
        var submitted = published.Where(key => key.State == KeyState.Submitted).ToList();
        var asked = (submitted.Count > 0 ? submitted : published.Where(key => key is { IsSecureEntryPoint: true, State: KeyState.Active })).Select(key => key.Public).ToList();
        return new()
        {
            ZoneSigners = [.. keys.Where(key => key.SignsZone).Select(open)],
            KeySigners = [.. published.Where(key => key.IsSecureEntryPoint).Select(open)],
            DnsKeys = [.. published.Select(key => key.Public).Union(signing.ForeignKeys)],

            // Before there is anything of ours to ask for, the DS of others are theirs to ask for.
            ParentKeys = asked.Count == 0 ? [] : [.. asked.Union(signing.ForeignKeys.Where(key => key.IsSecureEntryPoint))],
            AskForDsRemoval = signing.Ending,
            KeyTtl = (uint)policy.KeyTtl.TotalSeconds,
            IsNsec3 = policy.Denial == DenialKind.Nsec3,
            IsOptOut = policy.OptOut,
            Validity = policy.Validity,
            Jitter = policy.Jitter,
            ZoneDigest = policy.ZoneDigest ? ZoneDigestType.Sha384 : null,
        };
    }

    /// <summary>Whether it is in the DNSKEY RRset.</summary>
    public static bool IsPublished(ZoneKey key) => key.State is KeyState.Published or KeyState.Submitted or KeyState.Active or KeyState.Retired;
}
