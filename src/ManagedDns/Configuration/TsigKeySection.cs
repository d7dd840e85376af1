using System.Globalization;
using System.Text.Json.Nodes;
using ManagedDns.Commands;
using ManagedDns.Dns.Tsig;
using ManagedDns.Model;
using ManagedDns.Settings;
using ManagedDns.Store;

namespace ManagedDns.Configuration;

/// <summary>
/// TSIG keys and their successors in a configuration: with a box their secrets are sealed, without one their fingerprints tell whether they differ.
/// </summary>
internal sealed class TsigKeySection(ManagedDnsStore store, Func<SettingsView> view, PassphraseBox? box)
{
    private const string SealedSecret = ConfigurationJson.Sealed + "Secret";

    public ConfigurationSection Make() => new(
        "tsigKeys", "TSIG key", ConfigurationText.Key("name"),
        () => store.TsigKeys.All().Select(Show),
        json =>
        {
            store.TsigKeys.Add(Read(json, json.Value("name"), null), json.Text("comment") ?? "");
            FollowSuccessor(json);
        },
        json =>
        {
            store.TsigKeys.Update(
                json.Domain("name"),
                old => old with { Key = Read(json, json.Value("name"), old.Key), Comment = json.Text("comment") ?? old.Comment });
            FollowSuccessor(json);
        },
        json => store.TsigKeys.Remove(json.Domain("name")))
    {
        Zones = json => store.TsigKeys.Find(json.Domain("name")) is { } key ? AffectedZones.OfKey(view(), key.Id) : [],
    };

    private JsonObject Show(TsigKeySetting setting)
    {
        var json = Show(setting.Key, setting.Name.ToDisplayString());
        json["comment"] = setting.Comment;
        json["successor"] = setting.Key.Successor is { } successor ? Show(successor, setting.Name.ToDisplayString()) : null;
        if (setting is { Key.Successor: not null, RolloverStarted: { } started })
        {
            json["successor"]!["since"] = started.ToString("O", CultureInfo.InvariantCulture);
        }

        return json;
    }

    private JsonObject Show(TsigKey key, string place)
    {
        var json = new JsonObject { ["name"] = key.Name.ToDisplayString(), ["algorithm"] = key.Algorithm.ToString(), ["fingerprint"] = key.Fingerprint };
        if (box is not null)
        {
            json[SealedSecret] = box.Seal(Place(place), key.Secret.Span);
        }

        return json;
    }

    private void FollowSuccessor(JsonObject json)
    {
        if (!json.ContainsKey("successor"))
        {
            return;
        }

        var setting = store.TsigKeys.Get(json.Domain("name"));
        if (json["successor"] is not JsonObject next)
        {
            store.TsigKeys.EndRollover(setting.Name, replace: false);
            return;
        }

        var started = DateTimeOffset.TryParse(next.Text("since"), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var since)
            ? since
            : DateTimeOffset.UtcNow;
        next.RequireKnown("name", "algorithm", "fingerprint", SealedSecret, "since");
        store.TsigKeys.BeginRollover(setting.Name, Read(next, json.Value("name"), setting.Key.Successor), started);
    }

    /// <param name="place">The name of the key that the secret is of, or is to become the secret of.</param>
    /// <param name="old">What the store has.</param>
    private TsigKey Read(JsonObject json, string place, TsigKey? old)
    {
        json.RequireKnown("name", "algorithm", "fingerprint", SealedSecret, "comment", "successor", "since");
        var (name, algorithm) = (json.Domain("name"), json.Choice<TsigAlgorithm>("algorithm"));
        if (box is not null && json.Text(SealedSecret) is { } text)
        {
            return new(name, algorithm, box.Unseal(Place(place), text) ?? throw Names.Invalid(
                place, $"The secret of the TSIG key '{place}' was altered.", "Export the configuration again."));
        }

        var kept = old is null ? null : new TsigKey(name, algorithm, old.Secret);
        return kept is not null && (json.Text("fingerprint") ?? kept.Fingerprint) == kept.Fingerprint ? kept : throw Names.Invalid(
            place, $"The configuration does not tell the secret of the TSIG key '{place}', and this store has {(kept is null ? "none" : "another one")}.",
            "Export with -Passphrase and import with the same, or give the key its secret first: New-TsigKey, Set-TsigKey -Secret, Import-TsigKey.");
    }

    private static string Place(string name) => $"tsigKeys/{name}";
}
