using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Model;

namespace ManagedDns.Configuration;

/// <summary>How settings are written as JSON: names, addresses and choices as people write them; ids and secrets not at all.</summary>
internal static class ConfigurationJson
{
    /// <summary>How the names of members begin that hold a sealed secret.</summary>
    public const string Sealed = "sealed";

    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        IgnoreReadOnlyProperties = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters =
        {
            new JsonStringEnumConverter(),
            new SecretConverter<CookieSecret?>(),
            new SecretConverter<TlsIdentity?>(),
            new SecretConverter<ReadOnlyMemory<byte>>(),
            new TextConverter<DomainName>(name => name.ToDisplayString(), text => DomainName.Parse(text)),
            new TextConverter<IPAddress>(address => address.ToString(), IPAddress.Parse),
            new TextConverter<IPEndPoint>(endPoint => endPoint.ToString(), IPEndPoint.Parse),
            new TextConverter<IPNetwork>(network => network.ToString(), IPNetwork.Parse),
            new TextConverter<DnsKey>(
                key => Convert.ToBase64String(key.Rdata.Span), text => DnsKey.TryRead(Convert.FromBase64String(text)) ?? throw new FormatException()),
        },
    };

    /// <summary>The object's members without those that mean nothing outside this store.</summary>
    public static JsonObject ToJson<T>(T value, params string[] without)
    {
        var json = JsonSerializer.SerializeToNode(value, Options)!.AsObject();
        foreach (var member in without)
        {
            json.Remove(member);
        }

        return json;
    }

    /// <summary>The old object with every member that the JSON has, but for those that are taken up elsewhere.</summary>
    /// <exception cref="JsonException">A member has no value of its kind, or means nothing.</exception>
    public static T With<T>(T old, JsonObject json, params string[] elsewhere)
    {
        var merged = JsonSerializer.SerializeToNode(old, Options)!.AsObject();
        Merge(merged, json, elsewhere);
        return merged.Deserialize<T>(Options)!;
    }

    /// <summary>What differs, as <c>port 53 -> 54</c>; empty where every member that the new one has is as in the old.</summary>
    public static string Difference(JsonObject old, JsonObject changed) => string.Join(", ", Differences(old, changed, ""));

    /// <summary>Takes sealed secrets out, wherever they are.</summary>
    public static void RemoveSealed(JsonNode? node)
    {
        if (node is JsonObject json)
        {
            foreach (var name in json.Select(member => member.Key).Where(IsSealed).ToArray())
            {
                json.Remove(name);
            }
        }

        foreach (var child in Children(node))
        {
            RemoveSealed(child);
        }
    }

    private static void Merge(JsonObject merged, JsonObject json, string[] elsewhere)
    {
        foreach (var (name, value) in json.Where(member => !elsewhere.Contains(member.Key)))
        {
            if (value is JsonObject changed && merged[name] is JsonObject old)
            {
                Merge(old, changed, []);
            }
            else
            {
                merged[name] = value?.DeepClone();
            }
        }
    }

    private static IEnumerable<string> Differences(JsonObject old, JsonObject changed, string path)
    {
        foreach (var (name, value) in changed)
        {
            if (value is JsonObject inner && old[name] is JsonObject outer)
            {
                foreach (var difference in Differences(outer, inner, $"{path}{name}."))
                {
                    yield return difference;
                }
            }
            else if (!JsonNode.DeepEquals(value, old[name]))
            {
                yield return IsSealed(name) && value is not null && old[name] is not null
                    ? $"{path}{name} (another one)"
                    : $"{path}{name} {Show(name, old[name])} -> {Show(name, value)}";
            }
        }
    }

    private static string Show(string name, JsonNode? value)
    {
        if (value is null)
        {
            return "none";
        }

        if (IsSealed(name))
        {
            return "(sealed)";
        }

        var shown = value.DeepClone();
        RemoveSealed(shown);
        return shown is JsonArray { Count: > 0 } list && list.All(item => item is JsonObject)
            ? $"({list.Count} of them)"
            : shown.ToJsonString(s_oneLine);
    }

    private static readonly JsonSerializerOptions s_oneLine = new(Options) { WriteIndented = false };

    private static bool IsSealed(string name) => name.StartsWith(Sealed, StringComparison.Ordinal);

    private static IEnumerable<JsonNode?> Children(JsonNode? node) => node switch
    {
        JsonObject json => json.Select(member => member.Value),
        JsonArray list => list,
        _ => [],
    };

    /// <summary>A cookie secret and a private key stay in their store, or are sealed and written elsewhere.</summary>
    private sealed class SecretConverter<T> : JsonConverter<T>
    {
        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            reader.Skip();
            return default;
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteNullValue();
    }

    private sealed class TextConverter<T>(Func<T, string> write, Func<string, T> read) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            // Without a message the reader adds where in the text it is.
            try
            {
                return reader.TokenType == JsonTokenType.String ? read(reader.GetString()!) : throw new JsonException();
            }
            catch (FormatException e)
            {
                throw new JsonException(null, e);
            }
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(write(value));
    }
}
