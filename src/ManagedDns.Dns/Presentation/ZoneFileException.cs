namespace ManagedDns.Dns.Presentation;

/// <summary>One thing that is wrong with a zone file.</summary>
/// <param name="Line">Counted from 1; 0 where the file as a whole is meant.</param>
public sealed record ZoneFileError(string File, int Line, string Reason)
{
    public override string ToString() => Line > 0 ? $"{File}:{Line}: {Reason}" : $"{File}: {Reason}";
}

/// <summary>A zone file cannot be read. Nothing that was read from it before may be used.</summary>
public sealed class ZoneFileException : Exception
{
    public ZoneFileException(IReadOnlyList<ZoneFileError> errors, Exception? inner = null)
        : base(Describe(errors), inner) => Errors = errors;

    /// <summary>The errors found, at least one and at most as many as asked for.</summary>
    public IReadOnlyList<ZoneFileError> Errors { get; }

    public Failure ToFailure() =>
        new(FailureReason.ZoneFile, null, Message, $"Correct {Errors[0].File}; the version served before stays in service.");

    private static string Describe(IReadOnlyList<ZoneFileError> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        return errors.Count == 1 ? errors[0].ToString() : $"{errors[0]} ({errors.Count - 1} more)";
    }
}
