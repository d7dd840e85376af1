using System.Text.Json;
using System.Text.Json.Nodes;
using ManagedDns.Commands;
using ManagedDns.Dns;
using ManagedDns.Store;

namespace ManagedDns.Configuration;

/// <summary>Reads members of a configuration that people may have written by hand: what does not fit is told in words.</summary>
internal static class ConfigurationText
{
    private const string Remedy = "Write it as Export-ManagedDnsConfiguration does.";

    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>: there is a value, and it is no text.</exception>
    public static string? Text(this JsonObject json, string member) => json[member] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        var other => throw Names.Invalid(member, $"The value of '{member}' is no text: {other.ToJsonString()}", Remedy),
    };

    /// <summary>The text of a member that must be there.</summary>
    public static string Value(this JsonObject json, string member) =>
        json.Text(member) is { Length: > 0 } text ? text : throw Names.Invalid(member, $"There is no '{member}'.", Remedy);

    public static bool Flag(this JsonObject json, string member) => json[member] switch
    {
        null => false,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        var other => throw Names.Invalid(member, $"The value of '{member}' is neither true nor false: {other.ToJsonString()}", Remedy),
    };

    /// <summary>Null where it is not there.</summary>
    public static T? Read<T>(this JsonObject json, string member)
    {
        try
        {
            return json[member].Deserialize<T>(ConfigurationJson.Options);
        }
        catch (JsonException)
        {
            throw Names.Invalid(member, $"The value of '{member}' does not fit: {json[member]!.ToJsonString()}", Remedy);
        }
    }

    public static DomainName Domain(this JsonObject json, string member) => Names.Parse(json.Value(member));

    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>: it is none of them; the message names them.</exception>
    public static T Choice<T>(this JsonObject json, string member)
        where T : struct, Enum => Enum.TryParse<T>(json.Value(member), ignoreCase: true, out var choice) && Enum.IsDefined(choice)
            ? choice
            : throw Names.Invalid(
                member, $"'{json.Value(member)}' cannot be the value of '{member}'.", $"Give one of {string.Join(", ", Enum.GetNames<T>())}.");

    /// <summary>What tells names apart: neither case nor a final dot does.</summary>
    public static Func<JsonObject, string> Key(params string[] members) => json => string.Join(
        ' ', members.Select(member => $"{json[member]}".TrimEnd('.').ToUpperInvariant()));

    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>: a member is misspelt, or means nothing here.</exception>
    public static void RequireKnown(this JsonObject json, params string[] members)
    {
        if (json.FirstOrDefault(member => !members.Contains(member.Key)).Key is { } unknown)
        {
            throw Names.Invalid(unknown, $"There is no such thing as '{unknown}' here.", $"What there may be: {string.Join(", ", members)}.");
        }
    }

    /// <summary>Has what the reader of JSON says about a value told in our own words.</summary>
    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>.</exception>
    public static void Guard(string what, JsonObject json, Action read)
    {
        try
        {
            read();
        }
        catch (JsonException e)
        {
            var path = e.Path?.TrimStart('$', '.') ?? "";
            throw Names.Invalid(what, $"In {what} the member '{path}' is unknown, or its value does not fit: {Member(json, path)}", Remedy);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or ArgumentException)
        {
            throw Names.Invalid(what, $"In {what} a value does not fit.", Remedy);
        }
        catch (StoreException e) when (e.Error == StoreError.Invalid)
        {
            throw new StoreException(e.Error, $"In {what}: {e.Message}", e.Remedy) { Target = what };
        }
    }

    private static string Member(JsonObject json, string path) => json[path.Split('.', '[')[0]]?.ToJsonString() ?? "none";
}
