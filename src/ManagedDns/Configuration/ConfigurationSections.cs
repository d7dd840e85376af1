using System.Text.Json;
using System.Text.Json.Nodes;
using ManagedDns.Commands;
using ManagedDns.Dns;
using ManagedDns.Model;
using ManagedDns.Settings;
using ManagedDns.Store;

namespace ManagedDns.Configuration;

/// <summary>The sections of a store's configuration, in an order in which each refers only to those before it.</summary>
/// <param name="view">The settings as they are when it is called.</param>
/// <param name="box">Seals and opens secrets; null: they stay where they are.</param>
internal sealed class ConfigurationSections(ManagedDnsStore store, Func<SettingsView> view, PassphraseBox? box)
{
    private static readonly PrimaryNameServer s_anyPrimary = new(0, "", 0, System.Net.IPAddress.Loopback, 53, null, 0, false);
    private static readonly NotifyTarget s_anyTarget = new(0, 0, System.Net.IPAddress.Loopback, 53, null);
    private static readonly ManagedNameServer s_anyNameServer = new(0, DomainName.Root, []);

    private readonly SigningSections _signing = new(store, view, box);

    public ServerConfiguration Server { get; } = new(store, box);

    public IReadOnlyList<ConfigurationSection> All() =>
    [
        new TsigKeySection(store, view, box).Make(), CommonSettings(), _signing.Policies(), Primaries(), Acls(), NotifyTargets(), NameServers(), Zones(),
        Catalogs(), _signing.Zones(),
    ];

    private ConfigurationSection CommonSettings() => new(
        "commonSettings", "common setting", ConfigurationText.Key("name"),
        () => store.CommonSettings.All().Select(setting => ConfigurationJson.ToJson(setting, "id")),
        json =>
        {
            store.CommonSettings.Add(json.Value("name"));
            ChangeCommonSetting(json);
        },
        ChangeCommonSetting,
        json => store.CommonSettings.Remove(json.Value("name")))
    {
        Zones = json => ZonesOf(json.Text("name")),
    };

    private ConfigurationSection Primaries() => new(
        "primaryNameServers", "primary name server", ConfigurationText.Key("name"),
        () => store.Primaries.All().Select(primary => Referring(ConfigurationJson.ToJson(primary, "id"), primary.CommonSettingId, primary.TsigKeyId)),
        json =>
        {
            json.Value("address");
            store.Primaries.Add(json.Value("name"), Referred(json).Setting, With(s_anyPrimary, json).Address);
            ChangePrimary(json);
        },
        ChangePrimary,
        json => store.Primaries.Remove(json.Value("name")))
    {
        Zones = json => ZonesOf(json.Text("commonSetting")),
    };

    private ConfigurationSection Acls() => new(
        "zoneTransferAcl", "zone transfer ACL", json => $"{Names.ParseNetwork(json.Value("network"))} {Reference(json)} {Terms(json)}".ToUpperInvariant(),
        () => store.ZoneTransferAcls.All().Select(acl => Referring(ConfigurationJson.ToJson(acl, "id"), acl.CommonSettingId, acl.TsigKeyId)),
        json =>
        {
            json.RequireKnown("network", "tsigKey", "commonSetting", "requireTls", "clientPin");
            store.ZoneTransferAcls.Add(
                Referred(json).Setting, Names.ParseNetwork(json.Value("network")), Referred(json).Key, Terms(json).RequireTls, Terms(json).ClientPin);
        },
        null,
        json => store.ZoneTransferAcls.Remove(store.ZoneTransferAcls.All().First(
            acl => (acl.CommonSettingId, acl.TsigKeyId) == Referred(json) && (acl.RequireTls, acl.ClientPin) == Terms(json)
                && acl.Network == Names.ParseNetwork(json.Value("network"))).Id))
    {
        Zones = json => ZonesOf(json.Text("commonSetting")),
    };

    private ConfigurationSection NotifyTargets() => new(
        "notifyTargets", "NOTIFY target", json => $"{With(s_anyTarget, json).EndPoint} {Reference(json)}".ToUpperInvariant(),
        () => store.NotifyTargets.All().Select(target => Referring(ConfigurationJson.ToJson(target, "id"), target.CommonSettingId, target.TsigKeyId)),
        json =>
        {
            json.Value("address");
            var target = With(s_anyTarget, json);
            store.NotifyTargets.Add(Referred(json).Setting, target.Address, target.Port, Referred(json).Key);
        },
        null,
        json =>
        {
            var target = With(s_anyTarget, json);
            store.NotifyTargets.Remove(store.NotifyTargets.All().First(
                one => (one.CommonSettingId, one.TsigKeyId) == Referred(json) && one.EndPoint.Equals(target.EndPoint)).Id);
        })
    {
        Zones = json => ZonesOf(json.Text("commonSetting")),
    };

    private ConfigurationSection NameServers() => new(
        "managedNameServers", "managed name server", ConfigurationText.Key("hostName"),
        () => store.NameServers.All().Select(server => ConfigurationJson.ToJson(server, "id")),
        json => store.NameServers.Add(json.Domain("hostName"), ConfigurationJson.With(s_anyNameServer, json).Addresses),
        json => store.NameServers.Update(
            json.Domain("hostName"), ConfigurationJson.With(store.NameServers.Get(json.Domain("hostName")), json).Addresses),
        json => store.NameServers.Remove(json.Domain("hostName")));

    /// <summary>Those that a catalog lists are brought by that.</summary>
    private ConfigurationSection Zones() => new(
        "managedZones", "managed zone", ConfigurationText.Key("name"),
        () => store.Zones.All().Where(zone => store.CatalogMembers.OwnerOf(zone.Id) is null)
            .Select(zone => Referring(ConfigurationJson.ToJson(zone, "id"), zone.CommonSettingId, null)),
        json =>
        {
            store.Zones.Add(json.Domain("name"), Referred(json).Setting);
            ChangeZone(json);
        },
        ChangeZone,
        json => store.Zones.Remove(json.Domain("name")));

    private ConfigurationSection Catalogs() => new(
        "catalogZones", "catalog zone", ConfigurationText.Key("name"),
        () => store.Catalogs.All().Select(catalog => new JsonObject
        {
            ["name"] = store.Zones.Find(catalog.ZoneId)!.Name.ToDisplayString(),
            ["role"] = catalog.Role.ToString(),
            ["memberSetting"] = catalog.MemberSettingId is { } id ? store.CommonSettings.Find(id)!.Name : null,
            ["gracePeriod"] = catalog.GracePeriod.ToString(),
            ["groups"] = new JsonArray([.. catalog.Groups.Select(
                group => new JsonObject { ["name"] = group.Name, ["commonSetting"] = store.CommonSettings.Find(group.CommonSettingId)!.Name })]),
        }),
        json => store.Catalogs.Add(Catalog(json, new(store.Zones.Get(json.Domain("name")).Id, json.Choice<CatalogRole>("role")))),
        json => store.Catalogs.Update(store.Zones.Get(json.Domain("name")), old => Catalog(json, old)),
        json => store.Catalogs.Remove(store.Zones.Get(json.Domain("name"))))
    {
        Zones = json => store.Zones.Find(json.Domain("name")) is { } zone ? AffectedZones.OfCatalog(view(), store, zone.Id) : [],
    };

    private CatalogZone Catalog(JsonObject json, CatalogZone old)
    {
        json.RequireKnown("name", "role", "memberSetting", "gracePeriod", "groups");
        return old with
        {
            MemberSettingId = json.Text("memberSetting") is { Length: > 0 } name ? store.CommonSettings.Get(name).Id : null,
            GracePeriod = json.Read<TimeSpan?>("gracePeriod") ?? old.GracePeriod,
            Groups = json.ContainsKey("groups") ? [.. (json["groups"] as JsonArray ?? []).Select(Group)] : old.Groups,
        };
    }

    private CatalogGroup Group(JsonNode? item)
    {
        var json = item as JsonObject ?? throw new JsonException();
        json.RequireKnown("name", "commonSetting");
        return new(json.Value("name"), store.CommonSettings.Get(json.Value("commonSetting")).Id);
    }

    private void ChangeCommonSetting(JsonObject json) => store.CommonSettings.Update(json.Value("name"), old =>
    {
        // A default stops being it when another becomes it, not by itself.
        var changed = ConfigurationJson.With(old, json);
        return changed with { IsDefault = changed.IsDefault || old.IsDefault };
    });

    private void ChangePrimary(JsonObject json) => store.Primaries.Update(json.Value("name"), old =>
    {
        var (setting, key) = Referred(json);
        return With(old, json) with { CommonSettingId = setting, TsigKeyId = key };
    });

    private void ChangeZone(JsonObject json) => store.Zones.Update(
        json.Domain("name"), old => With(old, json) with { CommonSettingId = Referred(json).Setting });

    private static T With<T>(T old, JsonObject json) => ConfigurationJson.With(old, json, "commonSetting", "tsigKey");

    /// <summary>Names instead of ids.</summary>
    private JsonObject Referring(JsonObject json, long setting, long? key)
    {
        json.Remove("commonSettingId");
        json["commonSetting"] = store.CommonSettings.Find(setting)!.Name;
        if (json.Remove("tsigKeyId"))
        {
            json["tsigKey"] = key is { } id ? store.TsigKeys.Find(id)!.Name.ToDisplayString() : null;
        }

        return json;
    }

    private (long Setting, long? Key) Referred(JsonObject json) => (
        json.Text("commonSetting") is { Length: > 0 } setting ? store.CommonSettings.Get(setting).Id : store.CommonSettings.GetDefault().Id,
        json.Text("tsigKey") is { Length: > 0 } key ? store.TsigKeys.Get(Names.Parse(key)).Id : null);

    /// <summary>What tells apart that to which the JSON refers; without a name the default common setting.</summary>
    private string Reference(JsonObject json) =>
        $"{(json.Text("commonSetting") is { Length: > 0 } setting ? setting : store.CommonSettings.GetDefault().Name)} {json.Text("tsigKey")?.TrimEnd('.')}";

    private static (bool RequireTls, string? ClientPin) Terms(JsonObject json) => (json.Flag("requireTls"), json.Text("clientPin"));

    /// <summary>The zones of a common setting, which may be still to come; without a name of the default one.</summary>
    private IEnumerable<ManagedZone> ZonesOf(string? name) =>
        (string.IsNullOrEmpty(name) ? store.CommonSettings.GetDefault() : store.CommonSettings.Find(name)) is { } setting ? view().ZonesOf(setting.Id) : [];
}
