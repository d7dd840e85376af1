namespace ManagedDns.Store;

/// <summary>Why the store did not do what was asked. The names are shown and used in error ids: they are public contract.</summary>
public enum StoreError
{
    // The folder and its files.
    NotFound, NoAccess, Busy, Full, NotAStore, Damaged, NewerVersion, OtherSchema, KeyMissing, KeyMismatch, Internal,

    // What was asked of it.
    DuplicateName, Unknown, InUse, Invalid, TooEarly,
}

/// <summary>One thing that uses another: the noun of its cmdlets (<c>ManagedZone</c>, <c>PrimaryNameServer</c>, …) and its name.</summary>
public sealed record StoreUser(string Noun, string Name);

/// <summary>A typed error of the store: the message says what happened, the remedy what to do.</summary>
public sealed class StoreException : Exception
{
    public StoreException(StoreError error, string message, string remedy, Exception? inner = null)
        : base(message, inner)
    {
        Error = error;
        Remedy = remedy;
    }

    public StoreError Error { get; }

    public string Remedy { get; }

    /// <summary>The name, address or path that the error is about.</summary>
    public string? Target { get; init; }

    /// <summary>With <see cref="StoreError.InUse"/>: everything that uses the target.</summary>
    public IReadOnlyList<StoreUser> Users { get; init; } = [];
}
