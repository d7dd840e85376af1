namespace ManagedDns.Dns.Wire;

/// <summary>What is wrong with a message that cannot be read.</summary>
public enum MessageError
{
    None,

    /// <summary>Shorter than a header.</summary>
    NoHeader,

    /// <summary>Ends inside a question or a record.</summary>
    CutShort,

    /// <summary>A label type other than 00 and 11, a name over 255 octets, or a pointer that does not point backward.</summary>
    BadName,

    /// <summary>RDATA whose names do not fit its length.</summary>
    BadRdata,

    /// <summary>Octets after the last record.</summary>
    TrailingOctets,
}
