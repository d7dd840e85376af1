using System.Text.Json;
using System.Text.Json.Serialization;

namespace ManagedDns.Settings;

/// <summary>The one line that a starting server prints once it serves, or has failed.</summary>
/// <param name="State"><c>Running</c> or <c>Failed</c>.</param>
/// <param name="Reason">With a failure: its stable name, as <c>PortInUse</c>.</param>
internal sealed record DaemonReport(
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("pid")] int ProcessId,
    [property: JsonPropertyName("endPoints")] string[]? EndPoints,
    [property: JsonPropertyName("reason")] string? Reason,
    [property: JsonPropertyName("message")] string? Message,
    [property: JsonPropertyName("remedy")] string? Remedy)
{
    public bool Serves => State == "Running";

    /// <summary>Null where the line is none of ours.</summary>
    public static DaemonReport? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<DaemonReport>(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
