using System.Management.Automation;

namespace ManagedDns.Commands;

/// <summary>The server's process did not do what was asked of it. Ends the call.</summary>
public sealed class ServerException(string id, ErrorCategory category, string message, string remedy) : Exception(message), IContainsErrorRecord
{
    public ErrorRecord ErrorRecord => Errors.Record(this, id, category, null, Message, remedy);
}
