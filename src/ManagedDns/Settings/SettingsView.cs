using ManagedDns.Dns;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Store;

namespace ManagedDns.Settings;

/// <summary>One snapshot of the settings, with names instead of ids: makes what the cmdlets write to the pipeline.</summary>
internal sealed class SettingsView(ManagedDnsStore store)
{
    private readonly Lazy<ILookup<long, ManagedZone>> _zones = new(() => store.Zones.All().ToLookup(zone => zone.CommonSettingId));
    private readonly Lazy<IReadOnlyDictionary<long, ZoneStatus>> _status = new(() => store.Status.Zones());

    private readonly Lazy<bool> _isRunning = new(() => RunningServer.Find(store) is not null);

    private CatalogView? _catalogs;

    public ServiceSettings Settings { get; } = store.ReadSettings();

    private CatalogView Catalogs => _catalogs ??= new(store, Settings);

    public string KeyName(long? id) => id is null ? "" : Settings.TsigKeys[id.Value].Name.ToDisplayString();

    public string CommonSettingName(long id) => Settings.CommonSettings[id].Name;

    /// <summary>The zones that a common setting is applied to.</summary>
    public IEnumerable<ManagedZone> ZonesOf(long commonSettingId) => _zones.Value[commonSettingId];

    /// <summary>What has come of the zone's transfer that goes on. One of a server that was killed goes on no more, though its row says so.</summary>
    public TransferSoFar? Coming(long zoneId) => _isRunning.Value ? StatusOf(zoneId)?.Transfer : null;

    public ZoneStatus? StatusOf(long zoneId) => _status.Value.GetValueOrDefault(zoneId);

    public TsigKeyInfo Show(TsigKeySetting key) => new()
    {
        Name = key.Name.ToDisplayString(),
        Algorithm = key.Key.Algorithm,
        Comment = key.Comment,
        Fingerprint = key.Key.Fingerprint,
        Successor = key.Key.Successor?.Name.ToDisplayString(),
        RolloverStarted = key.RolloverStarted?.UtcDateTime,
        UsedBy = UsersOf(key),
    };

    public NewTsigKeyInfo ShowWithSecret(TsigKeySetting key) => new()
    {
        Name = key.Key.Name.ToDisplayString(),
        Algorithm = key.Key.Algorithm,
        Comment = key.Comment,
        Fingerprint = key.Key.Fingerprint,
        UsedBy = UsersOf(key),
        Secret = Convert.ToBase64String(key.Key.Secret.Span),
    };

    public CommonSettingInfo Show(CommonSetting setting) => new()
    {
        Name = setting.Name,
        Default = setting.IsDefault,
        Comment = setting.Comment,
        PrimaryNameServers = [.. Settings.Primaries.Where(p => p.CommonSettingId == setting.Id).OrderBy(p => p.Priority).ThenBy(p => p.Id).Select(p => p.Name)],
        ZoneTransferAcl = [.. Settings.ZoneTransferAcls.Where(acl => acl.CommonSettingId == setting.Id).Select(acl => Show(acl).ToString())],
        NotifyTargets = [.. Settings.NotifyTargets.Where(target => target.CommonSettingId == setting.Id).Select(target => Show(target).ToString())],
        ApexNameServerCheck = setting.Checks.ApexNameServers,
        NameServerAddressCheck = setting.Checks.NameServerAddresses,
        ExclusiveRecordCheck = setting.Checks.ExclusiveRecords,
        RecordFormCheck = setting.Checks.RecordForm,
        ZoneDigestCheck = setting.Checks.ZoneDigest,
        SignatureLifetimeCheck = setting.Checks.SignatureLifetime,
        SignatureCheck = setting.Checks.Signatures,
        RecordLossCheck = setting.Checks.RecordLoss,
        MaxLossPercent = setting.Checks.MaxLossPercent,
        MaxTransferSize = setting.Limits.MaxBytes,
        MaxTransferRecordCount = setting.Limits.MaxRecords,
        TransferIdleTimeout = setting.Limits.Idle,
        MinTransferRate = setting.Limits.MinimumRate,
        NotifySender = [.. setting.NotifySenders.Select(network => network.ToString())],
        ZoneCount = ZonesOf(setting.Id).Count(),
    };

    public CatalogZoneInfo ShowCatalog(ManagedZone zone) => Catalogs.Show(zone, StatusOf(zone.Id)?.PublishedSerial);

    public CatalogMemberInfo Show(CatalogMember member) => Catalogs.Show(member);

    public PrimaryNameServerInfo Show(PrimaryNameServer primary) => new()
    {
        Name = primary.Name,
        CommonSetting = CommonSettingName(primary.CommonSettingId),
        Address = primary.Address,
        Port = primary.Port,
        TsigKey = KeyName(primary.TsigKeyId),
        Priority = primary.Priority,
        Enabled = primary.Enabled,
        TransferMode = primary.TransferMode,
        Tls = primary.Tls is not null,
        TlsHostName = primary.Tls?.HostName,
        TlsPin = primary.Tls is { } terms ? [.. terms.Pins] : [],
    };

    public ZoneTransferAclInfo Show(ZoneTransferAcl acl) => new()
    {
        CommonSetting = CommonSettingName(acl.CommonSettingId),
        Network = acl.Network.ToString(),
        TsigKey = KeyName(acl.TsigKeyId),
        RequireTls = acl.RequireTls,
        ClientPin = acl.ClientPin,
    };

    public NotifyTargetInfo Show(NotifyTarget target) => new()
    {
        CommonSetting = CommonSettingName(target.CommonSettingId),
        Address = target.Address,
        Port = target.Port,
        TsigKey = KeyName(target.TsigKeyId),
    };

    public ManagedZoneInfo Show(ManagedZone zone) => new()
    {
        Name = zone.Name.ToDisplayString(),
        CommonSetting = CommonSettingName(zone.CommonSettingId),
        ProxyEnabled = zone.ProxyEnabled,
        HiddenPrimary = zone.HiddenPrimary,
        ZoneFile = zone.ZoneFile,
        Comment = zone.Comment,
        NewCatalog = zone.NewCatalog?.ToDisplayString(),
        State = StatusOf(zone.Id)?.State,
        PublishedSerial = StatusOf(zone.Id)?.PublishedSerial,
        RecordCount = StatusOf(zone.Id)?.RecordCount,
    };

    public ZoneProxyInfo ShowProxy(ManagedZone zone)
    {
        var status = StatusOf(zone.Id);
        return new()
        {
            Name = zone.Name.ToDisplayString(),
            CommonSetting = CommonSettingName(zone.CommonSettingId),
            Enabled = zone.ProxyEnabled,
            State = status?.State,
            PrimarySerial = status?.PrimarySerial,
            PublishedSerial = status?.PublishedSerial,
            RecordCount = status?.RecordCount,
            TransferRecords = Coming(zone.Id)?.Records,
            TransferBytes = Coming(zone.Id)?.Bytes,
            Primary = status?.Primary?.ToString(),
            LastCheck = status?.LastCheck?.UtcDateTime,
            LastSuccess = status?.LastSuccess?.UtcDateTime,
            LastNotify = status?.LastNotify?.UtcDateTime,
            NextRefresh = status?.NextRefresh?.UtcDateTime,
            ExpiresAt = status?.ExpiresAt?.UtcDateTime,
            Reason = status?.LastFailure?.Reason ?? FailureReason.None,
            Message = status?.LastFailure?.Message,
            Remedy = status?.LastFailure?.Remedy,
            NextStep = NextStep.Of(zone, status, _isRunning.Value),
            Warning = status?.Warning,
            NameServers = [.. Settings.NameServers.Select(server => server.HostName.ToDisplayString())],
        };
    }

    private string[] UsersOf(TsigKeySetting key) => [.. store.TsigKeys.Users(key.Id).Select(user => $"{user.Noun} {user.Name}")];
}
