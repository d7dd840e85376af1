namespace ManagedDns.Console;

/// <summary>What the host was asked to run: a script file with arguments, a command text, or (neither) a prompt.</summary>
/// <param name="Error">Why the arguments make no sense; null when they do.</param>
internal sealed record CommandLine(string? File, string? Command, IReadOnlyList<string> Arguments, bool Help, string? Error)
{
    public const string Usage = """
        ManagedDns.Console runs PowerShell with the ManagedDns module on machines without pwsh.

          ManagedDns.Console -File script.ps1 [arguments]   runs a script
          ManagedDns.Console -Command "text"                runs a command
          ManagedDns.Console                                opens a prompt; 'exit' leaves it

        Only the core of PowerShell is here: the language, Where-Object, ForEach-Object, Import-Module, Get-Command, Get-Help and jobs.
        """;

    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        switch (arguments)
        {
            case []:
                return new(null, null, [], false, null);
            case [var option, ..] when Is(option, "-Help", "-h", "--help", "-?", "/?"):
                return new(null, null, [], true, null);
            case [var option, var file, ..] when Is(option, "-File", "-f"):
                return new(file, null, [.. arguments.Skip(2)], false, null);
            case [var option, _, ..] when Is(option, "-Command", "-c"):
                return new(null, string.Join(' ', arguments.Skip(1)), [], false, null);
            case [var option] when Is(option, "-File", "-f", "-Command", "-c"):
                return new(null, null, [], false, $"{option} needs a value.");
            default:
                return new(null, null, [], false, $"'{arguments[0]}' is not an option.");
        }
    }

    private static bool Is(string option, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (option.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
