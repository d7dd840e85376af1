using ManagedDns.Dns;

namespace ManagedDns.Output;

/// <summary>What the server answered to one question.</summary>
public sealed class ZoneAnswerInfo
{
    public required string Name { get; init; }

    public required string Type { get; init; }

    /// <summary>The server's address and port.</summary>
    public required string Server { get; init; }

    public required string Transport { get; init; }

    public ResponseCode ResponseCode { get; init; }

    public bool Authoritative { get; init; }

    /// <summary>The answer section, one line a record.</summary>
    public string[] Answer { get; init; } = [];

    /// <summary>The authority section: a referral, or the SOA of a negative answer.</summary>
    public string[] Authority { get; init; } = [];

    public string[] Additional { get; init; } = [];

    public TimeSpan RoundTrip { get; init; }
}
