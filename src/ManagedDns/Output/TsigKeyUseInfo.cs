using ManagedDns.Model;

namespace ManagedDns.Output;

/// <summary>Which of a key's two forms a peer uses is known by what it last signed, or accepted from us.</summary>
public enum TsigKeyRole
{
    /// <summary>The peer has not been seen with the key.</summary>
    None,

    /// <summary>The key as it is: during a rollover the one that is going.</summary>
    Current,

    /// <summary>The one that is taking its place.</summary>
    Successor,

    /// <summary>One whose place was taken.</summary>
    Former,
}

/// <summary>A peer and the TSIG key that it was last seen with. Times are UTC.</summary>
public sealed class TsigKeyUseInfo
{
    /// <summary>The key, by the name it has in this store.</summary>
    public required string Name { get; init; }

    /// <summary>The peer's address.</summary>
    public required string Peer { get; init; }

    /// <summary>What the settings know at that address and with that key, as <c>PrimaryNameServer ns1</c>; null: nothing but an ACL.</summary>
    public string? UsedBy { get; init; }

    /// <summary>Sent: we signed and the peer accepted it. Received: the other way round.</summary>
    public required TsigKeyUseDirection Direction { get; init; }

    /// <summary>Which one the peer was last seen with.</summary>
    public TsigKeyRole LastRole { get; init; }

    /// <summary>The name of that key.</summary>
    public string? LastKey { get; init; }

    public DateTime? LastUsed { get; init; }

    /// <summary>When the peer was last seen with the key that is going; null: never.</summary>
    public DateTime? CurrentLastUsed { get; init; }

    /// <summary>When the peer was last seen with the key that is coming; null: never.</summary>
    public DateTime? SuccessorLastUsed { get; init; }

    public override string ToString() => $"{UsedBy ?? Peer}: {LastRole}";
}
