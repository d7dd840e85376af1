using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace ManagedDns.Console;

/// <summary>
/// Where PowerShell's streams go: output, host, warning and verbose lines to stdout; errors and progress to stderr, which is coloured only
/// where it is a terminal.
/// </summary>
internal sealed class ConsoleUserInterface : PSHostUserInterface, IHostUISupportsMultipleChoiceSelection
{
    private const string Red = "\e[31;1m";
    private const string Yellow = "\e[33;1m";
    private const string Reset = "\e[0m";
    private const string EraseLine = "\r\e[K";

    private static readonly bool s_plain =
        Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } || Environment.GetEnvironmentVariable("TERM") is "dumb";

    private readonly bool _colourOut = !s_plain && !System.Console.IsOutputRedirected;
    private readonly bool _colourError = !s_plain && !System.Console.IsErrorRedirected;
    private readonly Lock _lock = new();
    private bool _progressShown;

    /// <summary>Whether what is written to the output is part of an error.</summary>
    public bool OutputIsError { get; set; }

    public override PSHostRawUserInterface RawUI { get; } = new ConsoleRawUserInterface();

    public override bool SupportsVirtualTerminal => _colourOut;

    public override void Write(string value) => Out(value);

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        Out(_colourOut ? Ansi(foregroundColor) + value + Reset : value);

    public override void WriteLine(string value) => Out(value + Environment.NewLine);

    public override void WriteDebugLine(string message) => OutLine(Yellow, "DEBUG: " + message);

    public override void WriteVerboseLine(string message) => OutLine(Yellow, "VERBOSE: " + message);

    public override void WriteWarningLine(string message) => OutLine(Yellow, "WARNING: " + message);

    public override void WriteErrorLine(string value)
    {
        lock (_lock)
        {
            EraseProgress();
            System.Console.Error.WriteLine(_colourError && !value.Contains('\e', StringComparison.Ordinal) ? Red + value + Reset : value);
        }
    }

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        if (!_colourError)
        {
            return;
        }

        lock (_lock)
        {
            EraseProgress();
            if (record.RecordType == ProgressRecordType.Completed)
            {
                return;
            }

            var percent = record.PercentComplete >= 0 ? $" {record.PercentComplete} %" : "";
            var line = $"{record.Activity}: {record.StatusDescription}{percent}";
            System.Console.Error.Write(line[..Math.Min(line.Length, RawUI.BufferSize.Width - 1)]);
            _progressShown = true;
        }
    }

    public override string ReadLine() => System.Console.ReadLine() ?? "";

    public override SecureString ReadLineAsSecureString()
    {
        var secret = new SecureString();
        if (System.Console.IsInputRedirected)
        {
            foreach (var c in System.Console.ReadLine() ?? "")
            {
                secret.AppendChar(c);
            }

            return secret;
        }

        while (System.Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace && secret.Length > 0)
            {
                secret.RemoveAt(secret.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                secret.AppendChar(key.KeyChar);
            }
        }

        WriteLine("");
        return secret;
    }

    public override Dictionary<string, PSObject?> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
    {
        WriteHeading(caption, message);
        var answers = new Dictionary<string, PSObject?>();
        foreach (var field in descriptions)
        {
            Write($"{field.Name}: ");
            answers[field.Name] = PSObject.AsPSObject(field.ParameterTypeName == nameof(SecureString) ? ReadLineAsSecureString() : ReadLine());
        }

        return answers;
    }

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        PromptForCredential(caption, message, userName, targetName, PSCredentialTypes.Default, PSCredentialUIOptions.Default);

    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options)
    {
        WriteHeading(caption, message);
        if (string.IsNullOrEmpty(userName))
        {
            Write("User: ");
            userName = ReadLine();
        }

        Write($"Password for {userName}: ");
        return new PSCredential(userName, ReadLineAsSecureString());
    }

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        WriteHeading(caption, message);
        while (true)
        {
            var answer = Ask(choices, defaultChoice >= 0 ? [defaultChoice] : []);
            if (answer.Length == 0 && defaultChoice >= 0)
            {
                return defaultChoice;
            }

            if (Choice(choices, answer) is { } chosen)
            {
                return chosen;
            }
        }
    }

    public Collection<int> PromptForChoice(string? caption, string? message, Collection<ChoiceDescription> choices, IEnumerable<int>? defaultChoices)
    {
        WriteHeading(caption, message);
        int[] defaults = [.. defaultChoices ?? []];
        var chosen = new Collection<int>();
        while (Ask(choices, defaults) is { Length: > 0 } answer)
        {
            if (Choice(choices, answer) is { } index)
            {
                chosen.Add(index);
            }
        }

        return chosen.Count > 0 ? chosen : new Collection<int>(defaults);
    }

    private string Ask(Collection<ChoiceDescription> choices, int[] defaults)
    {
        var offered = string.Join("  ", choices.Select(choice => $"[{Key(choice)}] {choice.Label.Replace("&", "", StringComparison.Ordinal)}"));
        var byDefault = defaults.Length > 0 ? $" (default is \"{string.Join(',', defaults.Select(index => Key(choices[index])))}\")" : "";
        Write($"{offered}{byDefault}: ");
        return System.Console.ReadLine()?.Trim() ?? throw new PSInvalidOperationException(
            "A question was asked and standard input is at its end. Give -Confirm:$false or -Force to go on without it.");
    }

    private static int? Choice(Collection<ChoiceDescription> choices, string answer)
    {
        for (var i = 0; i < choices.Count; i++)
        {
            if (answer.Equals(Key(choices[i]), StringComparison.OrdinalIgnoreCase)
                || answer.Equals(choices[i].Label.Replace("&", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return null;
    }

    private static string Key(ChoiceDescription choice)
    {
        var mark = choice.Label.IndexOf('&', StringComparison.Ordinal);
        return mark >= 0 && mark + 1 < choice.Label.Length ? choice.Label[mark + 1].ToString().ToUpper(CultureInfo.InvariantCulture) : choice.Label;
    }

    private void WriteHeading(string? caption, string? message)
    {
        foreach (var line in new[] { caption, message })
        {
            if (!string.IsNullOrEmpty(line))
            {
                WriteLine(line);
            }
        }
    }

    private void OutLine(string colour, string line) => Out((_colourOut ? colour + line + Reset : line) + Environment.NewLine);

    private void Out(string text)
    {
        lock (_lock)
        {
            EraseProgress();

            // Formats colour their headings whatever the output is.
            var (writer, colour) = OutputIsError ? (System.Console.Error, _colourError) : (System.Console.Out, _colourOut);
            writer.Write(GetOutputString(text, colour));
        }
    }

    private void EraseProgress()
    {
        if (_progressShown)
        {
            System.Console.Error.Write(EraseLine);
            _progressShown = false;
        }
    }

    // Console colours are the ANSI ones with red and blue exchanged.
    private static string Ansi(ConsoleColor colour)
    {
        var c = (int)colour;
        var ansi = ((c & 1) << 2) | (c & 2) | ((c & 4) >> 2);
        return $"\e[{(c >= 8 ? 90 : 30) + ansi}m";
    }
}
