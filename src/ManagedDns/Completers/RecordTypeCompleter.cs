using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;

namespace ManagedDns.Completers;

/// <summary>Completes the mnemonics of RR types.</summary>
public sealed class RecordTypeCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Enum.GetValues<RecordType>().Where(RecordTypeNames.IsData).Select(RecordTypeNames.Format)
            .Where(name => name.StartsWith(wordToComplete ?? "", StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal).Select(name => new CompletionResult(name));
}
