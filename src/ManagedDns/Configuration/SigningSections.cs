using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using ManagedDns.Commands;
using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;
using ManagedDns.KeyFiles;
using ManagedDns.Model;
using ManagedDns.Settings;
using ManagedDns.Store;

namespace ManagedDns.Configuration;

/// <summary>
/// Signing policies and signed zones in a configuration. The keys of a zone go along, sealed: a zone that is signed elsewhere with others would be
/// bogus to whoever
/// knows its DS. They are taken up by a zone that has none; those of a zone that has keys are moved by the server alone.
/// </summary>
internal sealed class SigningSections(ManagedDnsStore store, Func<SettingsView> view, PassphraseBox? box)
{
    private const string SealedPrivateKey = ConfigurationJson.Sealed + "PrivateKey";

    private static readonly ZoneKey s_anyKey = new(
        0, KeyRole.Csk, new DnsKey(DnsKey.ZoneFlag, DnssecAlgorithm.Ed25519, [0]), default, KeyState.Active, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);

    public ConfigurationSection Policies() => new(
        "signingPolicies", "signing policy", ConfigurationText.Key("name"),
        () => store.SigningPolicies.All().Select(policy => ConfigurationJson.ToJson(policy, "id")),
        json => store.SigningPolicies.Add(ConfigurationJson.With(new SigningPolicy(0, json.Value("name")), json)),
        json => store.SigningPolicies.Update(json.Value("name"), old => ConfigurationJson.With(old, json)),
        json => store.SigningPolicies.Remove(json.Value("name")))
    {
        Zones = json => view().Settings.Zones.Where(zone => ConfigurationText.Key("name")(json)
            == view().Settings.ZoneSignings.GetValueOrDefault(zone.Id)?.Policy.Name.ToUpperInvariant()),
    };

    public ConfigurationSection Zones() => new(
        "signedZones", "signed zone", ConfigurationText.Key("name"),
        () => from zone in store.Zones.All()
              where store.CatalogMembers.OwnerOf(zone.Id) is null
              let signing = store.ZoneSignings.Find(zone.Id)
              let keys = box is null ? store.ZoneKeys.Public(zone.Id) : store.ZoneKeys.All(zone.Id)
              where signing is not null || keys.Count > 0
              select Show(zone.Name, signing, keys),
        Put, Put, json => End(store.Zones.Get(json.Domain("name"))))
    {
        Difference = (old, json) => Comparable(old, json) is var (left, right) ? ConfigurationJson.Difference(left, right) : "",
        IsGoing = json => json.Flag("ending"),
    };

    private JsonObject Show(DomainName zone, ZoneSigning? signing, IReadOnlyList<ZoneKey> keys) => new()
    {
        ["name"] = zone.ToDisplayString(),
        ["signingPolicy"] = signing?.Policy.Name,
        ["ending"] = signing?.Ending ?? false,
        ["stripsSignatures"] = signing?.StripsSignatures ?? false,
        ["parentServers"] = JsonSerializer.SerializeToNode(signing?.ParentServers ?? [], ConfigurationJson.Options),
        ["parentPrimary"] = signing?.ParentPrimary is not { } primary ? null : new JsonObject
        {
            ["endPoint"] = primary.EndPoint.ToString(),
            ["tsigKey"] = store.TsigKeys.Find(primary.TsigKeyId)!.Name.ToDisplayString(),
        },
        ["foreignKeys"] = new JsonArray(
            [.. (signing?.ForeignKeys ?? []).Select(key => (JsonNode)RdataText.Format(RecordType.DNSKEY, RecordClass.IN, key.Rdata.Span))]),
        ["keys"] = new JsonArray([.. keys.Select(key => Show(zone, key))]),
    };

    private JsonObject Show(DomainName zone, ZoneKey key)
    {
        var json = ConfigurationJson.ToJson(key, "id", "pkcs8");
        if (box is not null)
        {
            json[SealedPrivateKey] = box.Seal(Place(zone, key), key.Pkcs8.Span);
        }

        return json;
    }

    /// <summary>Keys that are there are no difference, wherever the server has moved them to.</summary>
    private static (JsonObject Old, JsonObject Changed) Comparable(JsonObject old, JsonObject changed)
    {
        var (left, right) = (old.DeepClone().AsObject(), changed.DeepClone().AsObject());
        if (left["keys"] is JsonArray { Count: > 0 } || right["keys"] is not JsonArray { Count: > 0 })
        {
            left.Remove("keys");
            right.Remove("keys");
        }

        return (left, right);
    }

    private void Put(JsonObject json)
    {
        json.RequireKnown("name", "signingPolicy", "ending", "stripsSignatures", "parentServers", "parentPrimary", "foreignKeys", "keys");
        var zone = store.Zones.Get(json.Domain("name"));
        var keys = store.ZoneKeys.Public(zone.Id).Count == 0 && json["keys"] is JsonArray listed ? listed.Select(item => Key(zone.Name, item)).ToList() : [];
        if (json.Text("signingPolicy") is { Length: > 0 } name)
        {
            var policy = store.SigningPolicies.Get(name);
            store.ZoneSignings.Put(
                zone, policy.Id, json.Read<ImmutableArray<IPEndPoint>?>("parentServers") ?? [], json.Flag("stripsSignatures"), ParentPrimaryOf(json),
                [.. (json.Read<string[]?>("foreignKeys") ?? []).Select(key => DnsKeyText.Read(key, zone.Name))]);
            if (json.Flag("ending"))
            {
                store.ZoneSignings.BeginEnd(zone);
            }
        }
        else if (store.ZoneSignings.Find(zone.Id) is not null)
        {
            store.ZoneSignings.BeginEnd(zone);
        }

        if (keys.Count > 0)
        {
            store.ZoneKeys.Replace(zone.Id, known: [], keys);
        }
    }

    private ParentPrimary? ParentPrimaryOf(JsonObject json)
    {
        if (json["parentPrimary"] is not JsonObject primary)
        {
            return null;
        }

        primary.RequireKnown("endPoint", "tsigKey");
        return new(Names.EndPoint(primary.Value("endPoint")), store.TsigKeys.Get(primary.Domain("tsigKey")).Id);
    }

    private ZoneKey Key(DomainName zone, JsonNode? item)
    {
        var json = item as JsonObject ?? throw new JsonException();
        var key = ConfigurationJson.With(s_anyKey, json, SealedPrivateKey);
        if (box is null || json.Text(SealedPrivateKey) is not { } text)
        {
            throw Names.Invalid(
                zone.ToDisplayString(), $"The configuration does not tell the private key {key.Public.Tag}, and signed with another one the zone would be bogus.",
                "Export with -Passphrase and import with the same; or leave its keys out of the file, and have new ones made once the parent has no DS for it.");
        }

        return key with
        {
            Pkcs8 = box.Unseal(Place(zone, key), text) ?? throw Names.Invalid(
                zone.ToDisplayString(), $"The private key {key.Public.Tag} was altered.", "Export the configuration again."),
        };
    }

    /// <summary>In safety, as Disable-ZoneSigning does it; keys without signing just go.</summary>
    private void End(ManagedZone zone)
    {
        if (store.ZoneSignings.Find(zone.Id) is null)
        {
            store.ZoneSignings.Remove(zone.Id);
        }
        else
        {
            store.ZoneSignings.BeginEnd(zone);
        }
    }

    private static string Place(DomainName zone, ZoneKey key) => $"signedZones/{zone.ToDisplayString()}/{Convert.ToHexString(key.Public.Rdata.Span)}";
}
