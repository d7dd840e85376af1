using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ManagedDns.Store;

namespace ManagedDns.Completers;

/// <summary>Completes names from the store that the command line means. Never throws, and gives up after two seconds.</summary>
public abstract class StoreNameCompleter : IArgumentCompleter
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            var folder = Folder(fakeBoundParameters?[nameof(Commands.ManagedDnsCmdlet.StorePath)] as string);
            var reading = Task.Run(() => Read(folder, fakeBoundParameters));
            return reading.Wait(s_patience) ? [.. Matches(reading.Result, wordToComplete ?? "")] : [];
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // There is nowhere to say why: a completer that fails completes nothing.
            return [];
        }
    }

    /// <param name="bound">What the command line has given for other parameters.</param>
    private protected abstract IEnumerable<string> Names(ManagedDnsStore store, IDictionary? bound);

    // A relative path is relative to where the session is, not the process.
    private static string Folder(string? given)
    {
        if (given is null || Path.IsPathFullyQualified(given))
        {
            return StoreFolder.Resolve(given);
        }

        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        var path = shell.AddScript("$ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($args[0])").AddArgument(given).Invoke<string>();
        return StoreFolder.Resolve(path[0]);
    }

    private static IEnumerable<CompletionResult> Matches(string[] names, string word)
    {
        var quote = word is ['\'' or '"', ..] ? word[..1] : "";
        var pattern = WildcardPattern.Get(word.Trim('\'', '"') + "*", WildcardOptions.IgnoreCase);
        foreach (var name in names.Where(pattern.IsMatch).Order(StringComparer.OrdinalIgnoreCase))
        {
            var safe = quote.Length == 0 && name.All(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '/');
            var literal = safe ? name : $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'";
            yield return new CompletionResult(literal, name, CompletionResultType.ParameterValue, name);
        }
    }

    private string[] Read(string folder, IDictionary? bound)
    {
        if (!File.Exists(StoreFolder.SettingsFile(folder)))
        {
            return [];
        }

        using var store = ManagedDnsStore.Open(folder, StoreMode.Open);
        return [.. Names(store, bound)];
    }
}
