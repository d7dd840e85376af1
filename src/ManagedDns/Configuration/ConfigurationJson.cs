using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Model;

namespace ManagedDns.Configuration;

/// <summary>How settings are written as JSON: names, addresses and choices as people write them; ids and secrets not at all.</summary>
internal static class ConfigurationJson
{
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        IgnoreReadOnlyProperties = true,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters =
        {
            new JsonStringEnumConverter(),
            new SecretConverter<CookieSecret>(),
            new SecretConverter<TlsIdentity>(),
            new TextConverter<DomainName>(name => name.ToDisplayString(), text => DomainName.Parse(text)),
            new TextConverter<IPAddress>(address => address.ToString(), IPAddress.Parse),
            new TextConverter<IPEndPoint>(endPoint => endPoint.ToString(), IPEndPoint.Parse),
            new TextConverter<IPNetwork>(network => network.ToString(), IPNetwork.Parse),
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

    /// <summary>The old object with every member that the JSON has.</summary>
    public static T With<T>(T old, JsonObject json)
    {
        var merged = JsonSerializer.SerializeToNode(old, Options)!.AsObject();
        foreach (var (name, value) in json)
        {
            if (merged.ContainsKey(name))
            {
                merged[name] = value?.DeepClone();
            }
        }

        return merged.Deserialize<T>(Options)!;
    }

    /// <summary>What differs, as <c>port 53 -> 54</c>; empty where every member that the new one has is as in the old.</summary>
    public static string Difference(JsonObject old, JsonObject changed) => string.Join(
        ", ",
        changed.Where(member => !JsonNode.DeepEquals(member.Value, old[member.Key]))
            .Select(member => $"{member.Key} {Show(old[member.Key])} -> {Show(member.Value)}"));

    private static string Show(JsonNode? value) => value?.ToJsonString(Options).ReplaceLineEndings("") ?? "none";

    /// <summary>A cookie secret and a private key stay in their store.</summary>
    private sealed class SecretConverter<T> : JsonConverter<T>
        where T : class
    {
        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            reader.Skip();
            return null;
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteNullValue();
    }

    private sealed class TextConverter<T>(Func<T, string> write, Func<string, T> read) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = reader.GetString() ?? "";
            try
            {
                return read(text);
            }
            catch (FormatException e)
            {
                throw new JsonException($"'{text}' is no {typeof(T).Name}.", e);
            }
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(write(value));
    }
}
