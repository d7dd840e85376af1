using ManagedDns.Dns.Tsig;

namespace ManagedDns.Dns.Transfer;

/// <summary>What a transfer turned out to be.</summary>
public enum TransferOutcome
{
    /// <summary>The server has nothing newer than what we have.</summary>
    UpToDate,

    /// <summary>The whole zone came, asked for or not.</summary>
    WholeZone,

    /// <summary>Difference sequences came (RFC 1995).</summary>
    Differences,
}

/// <summary>A transfer that ended well.</summary>
/// <param name="FromSerial">The serial we said we had; null where the whole zone was asked for.</param>
/// <param name="Serial">The serial of the zone at its end.</param>
/// <param name="Records">Records handed to the sink.</param>
/// <param name="Bytes">Octets received in messages.</param>
public sealed record TransferSummary(TransferOutcome Outcome, uint? FromSerial, uint Serial, long Records, long Bytes, int Messages)
{
    public TimeSpan Duration { get; init; }

    /// <summary>How long the server itself would serve the zone without its primary (RFC 7314); null: it did not say.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>The other clock minus ours as its TSIG tells, to the second; null for an unsigned transfer.</summary>
    public TimeSpan? ClockSkew { get; init; }

    /// <summary>The key that signed both ways; null: none.</summary>
    public TsigKey? Key { get; init; }
}
