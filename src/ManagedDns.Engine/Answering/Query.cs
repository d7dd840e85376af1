using ManagedDns.Dns;

namespace ManagedDns.Engine.Answering;

/// <summary>How a message was sent, as far as the answer depends on it.</summary>
public enum Transport : byte
{
    Udp, Tcp, Tls,
}

/// <summary>What is to be done with a message that was read.</summary>
internal enum QueryVerdict : byte
{
    /// <summary>Answer from the zones.</summary>
    Answer,

    /// <summary>Answer with <see cref="Query.Code"/> and nothing else.</summary>
    Error,

    /// <summary>Too short for a header, or itself a response: silence.</summary>
    Drop,
    Notify,
}

/// <summary>What a query says, in memory that is used again for the next.</summary>
internal unsafe struct Query
{
    public const int MaxCookie = 40;

    public byte* Message;
    public int Length;

    /// <summary>Where the question ends; that of the header where there is none.</summary>
    public int QuestionEnd;

    public QueryVerdict Verdict;
    public ResponseCode Code;
    public RecordType Type;
    public RecordClass Class;
    public Transport Transport;
    public bool HasQuestion;

    /// <summary>The client has shown that it is where it says it is: its answers are not limited.</summary>
    public bool IsTrusted;

    // EDNS (RFC 6891)
    public bool HasEdns;
    public bool DnssecOk;
    public bool HasTsig;
    public bool WantsNsid;
    public bool WantsExpire;
    public bool WantsZoneVersion;
    public bool WantsKeepalive;
    public bool WantsPadding;
    public ushort PayloadSize;

    /// <summary>The octets that the response's TSIG record will take.</summary>
    public int SignatureLength;

    /// <summary>The octets of the COOKIE option's data; -1 where there is none. Longer ones are counted, not kept.</summary>
    public int CookieLength;
    public fixed byte Cookie[MaxCookie];

    public NameLookup Name;
}
