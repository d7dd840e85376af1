namespace ManagedDns.Engine.Cookies;

/// <summary>What a query's COOKIE option is worth.</summary>
public enum CookieVerdict
{
    /// <summary>There is no COOKIE option; the answer gets none.</summary>
    None,

    /// <summary>Neither 8 nor 16 to 40 octets: the answer is FORMERR (RFC 7873 §5.2.2).</summary>
    Malformed,

    /// <summary>A client cookie alone; the answer teaches the client a server cookie.</summary>
    ClientOnly,

    /// <summary>Ours and fresh: the client is where it says it is. The answer repeats it.</summary>
    Valid,

    /// <summary>Ours, but over half of its life or of the other secret: as good as <see cref="Valid"/>, and the answer gets a new one.</summary>
    ValidRenew,

    /// <summary>Not ours, of another address, too old or from the future: no better than <see cref="ClientOnly"/> (RFC 7873 §5.2.4).</summary>
    Bad,
}
