namespace ManagedDns.Engine.RateLimiting;

/// <summary>What becomes of a response.</summary>
public enum RateLimitDecision
{
    Send,

    /// <summary>The client gets nothing.</summary>
    Drop,

    /// <summary>The client gets header and question with TC set, and may come again over TCP.</summary>
    Truncate,
}

/// <summary>The kinds of responses that are counted apart, and what each is counted by besides the client's network.</summary>
public enum ResponseKind
{
    /// <summary>By the owner of the RRset that answers: for a synthesized answer the wildcard, so that no number of names gets around the limit.</summary>
    Answer,

    /// <summary>By zone.</summary>
    NoData,

    /// <summary>By zone.</summary>
    NXDomain,

    /// <summary>By the owner of the NS records.</summary>
    Referral,

    /// <summary>REFUSED, FORMERR, SERVFAIL and the like: by nothing else.</summary>
    Error,
}
