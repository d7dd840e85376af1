using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Reflection;
using ManagedDns.Health;

namespace ManagedDns.Completers;

/// <summary>Completes the names of health checks.</summary>
public sealed class CheckCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        typeof(Checks).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!)
            .Where(name => name.StartsWith(wordToComplete ?? "", StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal).Select(name => new CompletionResult(name));
}
