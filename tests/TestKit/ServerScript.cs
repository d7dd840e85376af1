using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;

namespace ManagedDns.TestKit;

/// <summary>What a <see cref="ScriptedServer"/> has and how it behaves. Replace the server's script to change both while it runs.</summary>
/// <param name="Records">The zone, its SOA first and once.</param>
public sealed record ServerScript(DomainName Zone, IReadOnlyList<ResourceRecord> Records)
{
    public Misbehaviour Misbehaviour { get; init; }

    /// <summary>The message of a transfer at which the misbehaviour strikes, from 0.</summary>
    public int FaultyMessage { get; init; }

    /// <summary>Whether everything but transfers is answered as it should be.</summary>
    public bool OnlyInTransfers { get; init; }

    /// <summary>Changes the octets of the message at <see cref="FaultyMessage"/> of a transfer, after it was signed.</summary>
    public Func<byte[], byte[]>? Tamper { get; init; }

    /// <summary>UDP requests, NOTIFY included, that stay unanswered before all else.</summary>
    public int LostRequests { get; init; }

    /// <summary>Answers every request with this code and no records.</summary>
    public ResponseCode Code { get; init; }

    /// <summary>Answers every transfer with this code and no records.</summary>
    public ResponseCode TransferCode { get; init; }

    /// <summary>The zone as transfers see it; null: <see cref="Records"/>.</summary>
    public IReadOnlyList<ResourceRecord>? TransferRecords { get; init; }

    /// <summary>Answers every IXFR with this code and no records.</summary>
    public ResponseCode IxfrCode { get; init; }

    /// <summary>The answer section of an answer to IXFR, all messages together; null: the whole zone is sent.</summary>
    public IReadOnlyList<ResourceRecord>? Differences { get; init; }

    public int RecordsPerMessage { get; init; } = 5;

    /// <summary>What a transfer waits for before each message but the first.</summary>
    public Func<CancellationToken, Task>? BetweenMessages { get; init; }

    public IReadOnlyList<TsigKey> Keys { get; init; } = [];

    /// <summary>Messages of a transfer that go unsigned between two signed ones.</summary>
    public int UnsignedBetween { get; init; }

    /// <summary>How far this server's clock is ahead.</summary>
    public TimeSpan ClockOffset { get; init; }

    /// <summary>Whether it is from before EDNS: a request with an OPT record is FORMERR (RFC 6891 §7).</summary>
    public bool KnowsNoEdns { get; init; }

    /// <summary>Whether requests without TSIG are refused.</summary>
    public bool RequiresTsig { get; init; }
}
