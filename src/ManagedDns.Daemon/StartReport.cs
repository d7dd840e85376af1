using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ManagedDns.Dns;
using ManagedDns.Store;

namespace ManagedDns.Daemon;

/// <summary>The one line that a detached server prints: that it serves, or why it does not.</summary>
/// <param name="State"><c>Running</c> or <c>Failed</c>.</param>
internal sealed record StartReport(string State)
{
    public const string StoreLocked = "StoreLocked";

    public int? Pid { get; init; }

    /// <summary>Where it listens, UDP and TCP alike.</summary>
    public string[]? EndPoints { get; init; }

    /// <summary>A stable name: of a <see cref="FailureReason"/>, of a <see cref="StoreError"/>, or <c>StoreLocked</c>, <c>Crashed</c>.</summary>
    public string? Reason { get; init; }

    public string? Message { get; init; }

    public string? Remedy { get; init; }

    [JsonIgnore]
    public bool Serves => State == "Running";

    public static StartReport Running(IEnumerable<IPEndPoint> endPoints) =>
        new("Running") { Pid = Environment.ProcessId, EndPoints = [.. endPoints.Select(endPoint => endPoint.ToString())] };

    public static StartReport Failed(string reason, string message, string remedy) =>
        new("Failed") { Reason = reason, Message = message, Remedy = remedy };

    public static StartReport Failed(Exception e) => e switch
    {
        StartException start => Failed(start.Reason, start.Message, start.Remedy),
        DnsFailureException dns => Failed(dns.Failure.Reason.ToString(), dns.Failure.Message, dns.Failure.Remedy),
        StoreException store => Failed(store.Error.ToString(), store.Message, store.Remedy),
        _ => Failed(
            nameof(FailureReason.Internal), $"{e.GetType().Name}: {e.Message}", "This is a fault of ManagedDns; please report it with the log."),
    };

    /// <returns>Null where the line is none of ours.</returns>
    public static StartReport? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, StartReportJson.Readable.StartReport);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>One line of JSON.</summary>
    public override string ToString() => JsonSerializer.Serialize(this, StartReportJson.Readable.StartReport);
}

/// <summary>Written and read without reflection, which costs a start tens of milliseconds.</summary>
[JsonSerializable(typeof(StartReport))]
internal sealed partial class StartReportJson : JsonSerializerContext
{
    /// <summary>Quotes and letters as they are: people read the line too.</summary>
    public static readonly StartReportJson Readable = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}

/// <summary>A start that failed for a reason of the process itself.</summary>
internal sealed class StartException(string reason, string message, string remedy) : Exception(message)
{
    public string Reason { get; } = reason;

    public string Remedy { get; } = remedy;
}
