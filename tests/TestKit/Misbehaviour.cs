namespace ManagedDns.TestKit;

/// <summary>What a <see cref="ScriptedServer"/> does wrong.</summary>
public enum Misbehaviour
{
    None,

    // Any answer.
    Silence, WrongId, WrongQuestion, NoQuestion, NotAuthoritative, Garbage, CutShort, UnsignedAnswer, AlteredMac, IgnoresTsig,

    // UDP.
    /// <summary>Sends a forged answer with another id, and one with another question, ahead of the right one.</summary>
    ForgedAnswersFirst,
    Truncated,

    // TCP connections.
    ClosesAtOnce, ClosesAfterAnswer, AnswersOncePerConnection, ResetInMidStream, ClosesInMidStream, ClosesInsideMessage, SilenceInMidStream,

    /// <summary>Announces a long message and sends it octet by octet.</summary>
    Drips,

    // Transfers; all strike at ServerScript.FaultyMessage.
    AlteredMessage, UnsignedMessage, LostMessage, OutOfZoneRecord, WrongClass, EmptyMessage, RecordsAfterEnd, NoClosingSoa, OtherClosingSoa, NoOpeningSoa,
    NeverSignedAgain, EndlessRecords, EndlessEmptyMessages, RcodeInMidStream, TruncatedFlag,
}
