using System.Text.Json.Nodes;
using ManagedDns.Model;

namespace ManagedDns.Configuration;

/// <summary>One kind of thing in a configuration: how it is told apart, shown, made, changed and removed.</summary>
/// <param name="Name">The member of the JSON object that lists them.</param>
/// <param name="Noun">What a person calls one of them.</param>
/// <param name="Key">What tells one from the other.</param>
/// <param name="Change">Null: the key is all there is.</param>
internal sealed record ConfigurationSection(
    string Name, string Noun, Func<JsonObject, string> Key, Func<IEnumerable<JsonObject>> Current, Action<JsonObject> Add,
    Action<JsonObject>? Change, Action<JsonObject> Remove)
{
    /// <summary>What differs between one in the store and one in a file, in words; empty: nothing.</summary>
    public Func<JsonObject, JsonObject, string> Difference { get; init; } = ConfigurationJson.Difference;

    /// <summary>The zones that follow it at once.</summary>
    public Func<JsonObject, IEnumerable<ManagedZone>> Zones { get; init; } = _ => [];

    /// <summary>Whether one in the store is on its way out already, so that nothing needs to remove it.</summary>
    public Func<JsonObject, bool> IsGoing { get; init; } = _ => false;
}
