using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Store;

namespace ManagedDns.Settings;

/// <summary>What the cmdlets of signing write to the pipeline.</summary>
internal static class SigningView
{
    public static SigningPolicyInfo Show(ManagedDnsStore store, SigningPolicy policy) => new()
    {
        Name = policy.Name,
        Algorithm = policy.Algorithm,
        SplitKeys = policy.SplitKeys,
        Denial = policy.Denial,
        OptOut = policy.OptOut,
        Validity = policy.Validity,
        RenewBefore = policy.Refresh,
        Jitter = policy.Jitter,
        KeyTtl = policy.KeyTtl,
        PropagationDelay = policy.PropagationDelay,
        ZskLifetime = policy.ZskLifetime,
        KskLifetime = policy.KskLifetime,
        SerialPolicy = policy.SerialPolicy,
        ZoneDigest = policy.ZoneDigest,
        NotifyParent = policy.NotifyParent,
        Zones = [.. store.SigningPolicies.Users(policy.Id).Select(user => user.Name)],
    };

    public static ZoneSigningInfo Show(SettingsView view, ManagedZone zone, ZoneSigning? signing, SigningStatus? status) => new()
    {
        Name = zone.Name.ToDisplayString(),
        SigningPolicy = signing?.Policy.Name ?? "",
        State = signing is null ? SigningState.Unsigned : status?.State ?? (signing.Ending ? SigningState.Disabling : SigningState.Enabling),
        WaitingFor = status?.WaitingFor ?? "",
        Until = status?.Until?.UtcDateTime,
        PrimarySerial = view.StatusOf(zone.Id)?.PrimarySerial,
        PublishedSerial = view.StatusOf(zone.Id)?.PublishedSerial,
        FirstExpiration = status?.FirstExpiration?.UtcDateTime,
        LastSigned = status?.LastSigned?.UtcDateTime,
        ParentTold = status?.ParentTold?.UtcDateTime,
        ParentServer = [.. (signing?.ParentServers ?? []).Select(server => server.ToString())],
        ParentPrimary = signing?.ParentPrimary?.EndPoint.ToString() ?? "",
        ParentTsigKey = view.KeyName(signing?.ParentPrimary?.TsigKeyId),
        ForeignKey = [.. (signing?.ForeignKeys ?? []).Select(key => RdataText.Format(RecordType.DNSKEY, RecordClass.IN, key.Rdata.Span))],
        Reason = status?.Failure?.Reason ?? FailureReason.None,
        Message = status?.Failure?.Message,
        Remedy = status?.Failure?.Remedy,
    };

    public static ZoneSigningKeyInfo Show(ManagedZone zone, ZoneKey key) => new()
    {
        Zone = zone.Name.ToDisplayString(),
        KeyTag = key.Public.Tag,
        Role = key.Role,
        Algorithm = key.Public.Algorithm,
        State = key.State,
        Since = key.Since.UtcDateTime,
        Created = key.Created.UtcDateTime,
        DsSince = key.DsSince?.UtcDateTime,
        DnsKey = RdataText.Format(RecordType.DNSKEY, RecordClass.IN, key.Public.Rdata.Span),
    };

    /// <summary>
    /// The keys whose DS the parent should have: that which is to become the trusted one where there is one, the trusted one elsewhere; and those of the
    /// zone's other signers. None while signing ends.
    /// </summary>
    public static IReadOnlyList<DnsKey> ForParent(IReadOnlyList<ZoneKey> keys, ZoneSigning? signing)
    {
        if (signing is { Ending: true })
        {
            return [];
        }

        var submitted = keys.Where(key => key is { IsSecureEntryPoint: true, State: KeyState.Submitted }).ToList();
        var own = submitted.Count > 0 ? submitted : keys.Where(key => key is { IsSecureEntryPoint: true, State: KeyState.Active });
        var asked = own.Select(key => key.Public).ToList();
        return asked.Count == 0 ? [] : [.. asked.Union((signing?.ForeignKeys ?? []).Where(key => key.IsSecureEntryPoint))];
    }

    /// <summary>
    /// Why the parent should have no DS now: one that is registered too early makes the zone bogus wherever a cache has it without signatures.
    /// </summary>
    public static StoreException WhyNoDs(string zone, ZoneSigning? signing, SigningStatus? status)
    {
        var why = status switch
        {
            { Failure: { } failure } => failure.Message,
            { WaitingFor: { } what, Until: { } until } => $"it waits for {what} until {until.UtcDateTime:u}.",
            { WaitingFor: { } what } => $"it waits for {what}.",
            _ => "the server has not signed it yet.",
        };
        return signing switch
        {
            null => Commands.Names.Unknown(
                zone, $"'{zone}' is not signed here.",
                $"Enable-ZoneSigning -Name {zone} has it signed; of a zone that comes signed, Get-ZoneRegistration -Name {zone} shows the DS."),
            { Ending: true } => Commands.Names.Invalid(
                zone, $"The signing of '{zone}' ends: the parent should have no DS of it.",
                $"Have the DS removed at the registrar, unless the parent looks for CDS; Test-DsRecord -Name {zone} shows who still has one."),
            _ => new(
                StoreError.TooEarly, $"'{zone}' has no DS to register yet: {why}",
                $"Get-ZoneSigning -Name {zone} shows what is waited for; when its state is WaitingForDs, ask again.")
            {
                Target = zone,
            },
        };
    }

    public static DsRecordInfo Show(ManagedZone zone, DnsKey key, DsDigestType digest)
    {
        var rdata = key.Ds(zone.Name, digest);
        var (name, hex) = (zone.Name.ToDisplayString(), Convert.ToHexString(rdata.AsSpan(4)));
        return new()
        {
            Zone = zone.Name.ToDisplayString(),
            KeyTag = key.Tag,
            Algorithm = key.Algorithm,
            DigestType = digest,
            Digest = hex,
            DnsKey = RdataText.Format(RecordType.DNSKEY, RecordClass.IN, key.Rdata.Span),
            Record = $"{zone.Name} IN DS {RdataText.Format(RecordType.DS, RecordClass.IN, rdata)}",
            Text = $"""
                Zone:        {name}
                Key tag:     {key.Tag}
                Algorithm:   {(int)key.Algorithm} ({key.Algorithm})
                Digest type: {(int)digest} ({digest})
                Digest:      {hex}
                Flags:       {key.Flags}
                Protocol:    3
                Public key:  {Convert.ToBase64String(key.PublicKey)}
                """,
        };
    }
}
