namespace ManagedDns.Model;

public enum RequestKind
{
    /// <summary>Ask the primaries now; with <see cref="Request.Full"/> take the whole zone by AXFR although the serial is the same.</summary>
    TransferZone,

    /// <summary>Take the primary's zone once although its serial is older than ours.</summary>
    AcceptSerial,

    /// <summary>Publish the version that a check rejected, as it is.</summary>
    AcceptVersion,

    /// <summary>Take the zone anew, whatever its serial: it is another one than it was, and what is held is served only until then.</summary>
    ResetZone,

    /// <summary>Read the zone file again.</summary>
    ReloadZoneFile,

    /// <summary>Begin to replace the key that signs the zone; with <see cref="Request.Full"/> it is compromised.</summary>
    ReplaceZoneKey,

    /// <summary>The same with the key that the DS names.</summary>
    ReplaceKeySigningKey,

    /// <summary>A key of the zone was imported: read its keys again.</summary>
    ReloadKeys,

    StopServer,
}

/// <summary>Something a cmdlet asks of the server once. The server deletes the row when it has taken the request up.</summary>
public sealed record Request(long Id, RequestKind Kind, long? ZoneId, bool Full, DateTimeOffset Created);
