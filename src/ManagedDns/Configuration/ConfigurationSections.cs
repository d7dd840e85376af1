using System.Globalization;
using System.Text.Json.Nodes;
using ManagedDns.Commands;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Model;
using ManagedDns.Store;

namespace ManagedDns.Configuration;

/// <summary>One kind of thing in a configuration: how it is told apart, shown, made, changed and removed.</summary>
/// <param name="Name">The member of the JSON object that lists them.</param>
/// <param name="Noun">What a person calls one of them.</param>
/// <param name="Key">What tells one from the other.</param>
/// <param name="Change">Null: the key is all there is.</param>
internal sealed record ConfigurationSection(
    string Name, string Noun, Func<JsonObject, string> Key, Func<IEnumerable<JsonObject>> Current, Action<JsonObject> Add,
    Action<JsonObject>? Change, Action<JsonObject> Remove);

/// <summary>The sections of a store's configuration, in an order in which each refers only to those before it.</summary>
internal sealed class ConfigurationSections(ManagedDnsStore store, PassphraseBox? box)
{
    public IReadOnlyList<ConfigurationSection> All() => [TsigKeys(), CommonSettings(), Primaries(), Acls(), NotifyTargets(), NameServers(), Zones(), Catalogs()];

    /// <summary>The server's own settings; its cookie secrets and certificate stay in the store.</summary>
    public JsonObject Server()
    {
        var json = ConfigurationJson.ToJson(store.Server.Get());
        foreach (var secret in new[] { "secret", "otherSecret" })
        {
            json["cookies"]?.AsObject().Remove(secret);
        }

        return json;
    }

    public void ChangeServer(JsonObject json) => store.Server.Update(old =>
    {
        var changed = ConfigurationJson.With(old with { Cookies = CookieSettings.Default }, json);
        return changed with { Identity = old.Identity, Cookies = old.Cookies with { Enabled = changed.Cookies.Enabled } };
    });

    private ConfigurationSection TsigKeys() => new(
        "tsigKeys", "TSIG key", Text("name"),
        () => store.TsigKeys.All().Select(key =>
        {
            var name = key.Name.ToDisplayString();
            var json = new JsonObject { ["name"] = name, ["algorithm"] = key.Key.Algorithm.ToString(), ["comment"] = key.Comment };
            if (box is not null)
            {
                json["sealedSecret"] = box.Seal(name, key.Key.Secret.Span);
            }

            return json;
        }),
        json => store.TsigKeys.Add(Key(json, Secret(json) ?? throw NoSecret(json)), Value(json, "comment")),
        json => store.TsigKeys.Update(
            Domain(json, "name"),
            old => old with { Key = Key(json, Secret(json) ?? old.Key.Secret.ToArray()), Comment = Value(json, "comment") }),
        json => store.TsigKeys.Remove(Domain(json, "name")));

    private ConfigurationSection CommonSettings() => new(
        "commonSettings", "common setting", Text("name"),
        () => store.CommonSettings.All().Select(setting => ConfigurationJson.ToJson(setting, "id")),
        json =>
        {
            store.CommonSettings.Add(Value(json, "name"));
            ChangeCommonSetting(json);
        },
        ChangeCommonSetting,
        json => store.CommonSettings.Remove(Value(json, "name")));

    private ConfigurationSection Primaries() => new(
        "primaryNameServers", "primary name server", Text("name"),
        () => store.Primaries.All().Select(primary => Referring(ConfigurationJson.ToJson(primary, "id"), primary.CommonSettingId, primary.TsigKeyId)),
        json =>
        {
            var (setting, _) = Referred(json);
            store.Primaries.Add(Value(json, "name"), setting, ConfigurationJson.With(s_anyPrimary, json).Address);
            ChangePrimary(json);
        },
        ChangePrimary,
        json => store.Primaries.Remove(Value(json, "name")));

    private ConfigurationSection Acls() => new(
        "zoneTransferAcl", "zone transfer ACL", json => $"{json["network"]} {json["tsigKey"]} {json["commonSetting"]} {RequiresTls(json)}".ToUpperInvariant(),
        () => store.ZoneTransferAcls.All().Select(acl => Referring(ConfigurationJson.ToJson(acl, "id"), acl.CommonSettingId, acl.TsigKeyId)),
        json => store.ZoneTransferAcls.Add(Referred(json).Setting, Names.ParseNetwork(Value(json, "network")), Referred(json).Key, RequiresTls(json)),
        null,
        json => store.ZoneTransferAcls.Remove(store.ZoneTransferAcls.All().First(
            acl => (acl.CommonSettingId, acl.TsigKeyId) == Referred(json) && acl.RequireTls == RequiresTls(json)
                && acl.Network == Names.ParseNetwork(Value(json, "network"))).Id));

    private ConfigurationSection NotifyTargets() => new(
        "notifyTargets", "NOTIFY target", json => $"{json["address"]} {json["port"]} {json["tsigKey"]} {json["commonSetting"]}".ToUpperInvariant(),
        () => store.NotifyTargets.All().Select(target => Referring(ConfigurationJson.ToJson(target, "id"), target.CommonSettingId, target.TsigKeyId)),
        json =>
        {
            var target = ConfigurationJson.With(s_anyTarget, json);
            store.NotifyTargets.Add(Referred(json).Setting, target.Address, target.Port, Referred(json).Key);
        },
        null,
        json =>
        {
            var target = ConfigurationJson.With(s_anyTarget, json);
            store.NotifyTargets.Remove(store.NotifyTargets.All().First(
                one => (one.CommonSettingId, one.TsigKeyId) == Referred(json) && one.EndPoint.Equals(target.EndPoint)).Id);
        });

    private ConfigurationSection NameServers() => new(
        "managedNameServers", "managed name server", Text("hostName"),
        () => store.NameServers.All().Select(server => ConfigurationJson.ToJson(server, "id")),
        json => store.NameServers.Add(Domain(json, "hostName"), ConfigurationJson.With(s_anyNameServer, json).Addresses),
        json => store.NameServers.Update(Domain(json, "hostName"), ConfigurationJson.With(s_anyNameServer, json).Addresses),
        json => store.NameServers.Remove(Domain(json, "hostName")));

    private ConfigurationSection Zones() => new(
        "managedZones", "managed zone", Text("name"),
        () => store.Zones.All().Where(zone => store.CatalogMembers.OwnerOf(zone.Id) is null)
            .Select(zone => Referring(ConfigurationJson.ToJson(zone, "id"), zone.CommonSettingId, null)),
        json =>
        {
            store.Zones.Add(Domain(json, "name"), Referred(json).Setting);
            ChangeZone(json);
        },
        ChangeZone,
        json => store.Zones.Remove(Domain(json, "name")));

    /// <summary>Those that are followed bring their members themselves.</summary>
    private ConfigurationSection Catalogs() => new(
        "catalogZones", "catalog zone", Text("name"),
        () => store.Catalogs.All().Select(catalog => new JsonObject
        {
            ["name"] = store.Zones.Find(catalog.ZoneId)!.Name.ToDisplayString(),
            ["role"] = catalog.Role.ToString(),
            ["memberSetting"] = catalog.MemberSettingId is { } id ? store.CommonSettings.Find(id)!.Name : null,
            ["gracePeriod"] = catalog.GracePeriod.ToString(),
            ["groups"] = new JsonObject(catalog.Groups.Select(
                group => new KeyValuePair<string, JsonNode?>(group.Name, store.CommonSettings.Find(group.CommonSettingId)!.Name))),
        }),
        json => store.Catalogs.Add(Catalog(json, new(store.Zones.Get(Domain(json, "name")).Id, Role(json)))),
        json => store.Catalogs.Update(store.Zones.Get(Domain(json, "name")), old => Catalog(json, old)),
        json => store.Catalogs.Remove(store.Zones.Get(Domain(json, "name"))));

    private CatalogZone Catalog(JsonObject json, CatalogZone old) => old with
    {
        MemberSettingId = (string?)json["memberSetting"] is { Length: > 0 } name ? store.CommonSettings.Get(name).Id : null,
        GracePeriod = TimeSpan.TryParse((string?)json["gracePeriod"], CultureInfo.InvariantCulture, out var grace) ? grace : old.GracePeriod,
        Groups = [.. (json["groups"]?.AsObject() ?? []).Select(group => new CatalogGroup(group.Key, store.CommonSettings.Get((string?)group.Value ?? "").Id))],
    };

    private static CatalogRole Role(JsonObject json) => Enum.TryParse<CatalogRole>(Value(json, "role"), ignoreCase: true, out var role)
        ? role
        : throw Names.Invalid(Value(json, "name"), $"'{Value(json, "role")}' is no role of a catalog zone.", "Give Consumer or Producer.");

    private void ChangeCommonSetting(JsonObject json) => store.CommonSettings.Update(Value(json, "name"), old =>
    {
        // A default stops being it when another becomes it, not by itself.
        var changed = ConfigurationJson.With(old, json);
        return changed with { IsDefault = changed.IsDefault || old.IsDefault };
    });

    private void ChangePrimary(JsonObject json) => store.Primaries.Update(Value(json, "name"), old =>
    {
        var (setting, key) = Referred(json);
        return ConfigurationJson.With(old, json) with { CommonSettingId = setting, TsigKeyId = key };
    });

    private void ChangeZone(JsonObject json) => store.Zones.Update(
        Domain(json, "name"), old => ConfigurationJson.With(old, json) with { CommonSettingId = Referred(json).Setting });

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

    private (long Setting, long? Key) Referred(JsonObject json)
    {
        var setting = (string?)json["commonSetting"];
        var key = (string?)json["tsigKey"];
        return (
            string.IsNullOrEmpty(setting) ? store.CommonSettings.GetDefault().Id : store.CommonSettings.Get(setting).Id,
            string.IsNullOrEmpty(key) ? null : store.TsigKeys.Get(Names.Parse(key)).Id);
    }

    private static bool RequiresTls(JsonObject json) => (bool?)json["requireTls"] ?? false;

    private byte[]? Secret(JsonObject json)
    {
        if ((string?)json["sealedSecret"] is not { } text || box is null)
        {
            return null;
        }

        return box.Unseal(Value(json, "name"), text) ?? throw Names.Invalid(
            Value(json, "name"), "The passphrase does not open the secrets of this configuration, or they were altered.", "Give the passphrase of the export.");
    }

    private static StoreException NoSecret(JsonObject json) => Names.Invalid(
        Value(json, "name"), $"The configuration does not tell the secret of the TSIG key '{Value(json, "name")}', which is not in this store.",
        "Export with -Passphrase and import with the same, or make the key first: New-TsigKey, Import-TsigKey.");

    private static TsigKey Key(JsonObject json, byte[] secret) => new(
        Domain(json, "name"),
        Enum.TryParse<TsigAlgorithm>(Value(json, "algorithm"), ignoreCase: true, out var algorithm)
            ? algorithm
            : throw Names.Invalid(Value(json, "name"), $"'{Value(json, "algorithm")}' is no TSIG algorithm.", "Give HmacSha256 or another one of New-TsigKey."),
        secret);

    private static Func<JsonObject, string> Text(string member) => json => Value(json, member).TrimEnd('.').ToUpperInvariant();

    private static string Value(JsonObject json, string member) => (string?)json[member] ?? "";

    private static DomainName Domain(JsonObject json, string member) => Names.Parse(Value(json, member));

    private static readonly PrimaryNameServer s_anyPrimary = new(0, "", 0, System.Net.IPAddress.Loopback, 53, null, 0, false);
    private static readonly NotifyTarget s_anyTarget = new(0, 0, System.Net.IPAddress.Loopback, 53, null);
    private static readonly ManagedNameServer s_anyNameServer = new(0, DomainName.Root, []);
}
