namespace ManagedDns.Benchmarks;

/// <summary>Kinds of answers, each with its own way through the zone.</summary>
public enum AnswerKind
{
    Host, NoData, NXDomain, Referral, Wildcard, Alias, Redirection, Any, Truncated, Refused, Malformed,
}

/// <summary>How the zone that is asked proves what it denies. Signed ones are asked with DO=1, the unsigned one without EDNS.</summary>
public enum ZoneKind
{
    Unsigned, Nsec, Nsec3,
}
