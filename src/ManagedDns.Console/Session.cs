using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;

namespace ManagedDns.Console;

/// <summary>Runs scripts, commands and lines in one runspace, and turns how they ended into an exit code as pwsh does.</summary>
internal sealed class Session(Runspace runspace, ConsoleHost host) : IDisposable
{
    private const int Interrupted = 130;

    private readonly Lock _lock = new();
    private PowerShell? _running;
    private bool _interrupted;

    /// <summary>Imports the module that lies beside this program or in a folder above it: a checkout or a published module.</summary>
    public bool ImportModule()
    {
        var manifest = FindManifest();
        if (manifest is null)
        {
            host.UI.WriteErrorLine(
                $"No ManagedDns.psd1 lies in {AppContext.BaseDirectory} or a folder above it. Run this program from a checkout or a published module.");
            return false;
        }

        return Run(shell => shell.AddCommand("Import-Module").AddParameter("Name", manifest).AddParameter("ErrorAction", ActionPreference.Stop)) == 0;
    }

    public int RunFile(string file, IReadOnlyList<string> arguments)
    {
        var path = Path.GetFullPath(file);
        if (!File.Exists(path))
        {
            host.UI.WriteErrorLine($"There is no script '{path}'.");
            return 1;
        }

        // As text, so that the parser takes '-Name value' and '-Switch' for what they are; everything else is a literal.
        var text = string.Join(' ', arguments.Select(argument => IsParameterName(argument) ? argument : Literal(argument)).Prepend(Literal(path)));
        return Run(shell => shell.AddScript($"& {text}\n$Host.SetShouldExit($? ? 0 : ($LASTEXITCODE ?? 1))", useLocalScope: false));
    }

    public int RunCommand(string command) => Run(shell => shell.AddScript($"{command}\n$Host.SetShouldExit($? ? 0 : 1)", useLocalScope: false));

    /// <summary>Reads and runs lines until <c>exit</c> or the end of the input.</summary>
    public int RunPrompt()
    {
        var reader = new LineReader(runspace);
        while (host.ExitCode is null)
        {
            var line = reader.Read(Prompt());
            if (line is null)
            {
                break;
            }

            if (!string.IsNullOrWhiteSpace(line))
            {
                Run(shell => shell.AddScript(line, useLocalScope: false));
            }
        }

        return host.ExitCode ?? 0;
    }

    /// <summary>Stops what runs. False when nothing runs, and the process may end at once.</summary>
    public bool Interrupt()
    {
        lock (_lock)
        {
            if (_running is null)
            {
                return false;
            }

            _interrupted = true;
            _running.BeginStop(null, null);
            return true;
        }
    }

    public void Dispose() => _running?.Dispose();

    private static bool IsParameterName(string argument) =>
        argument is ['-', >= 'A' and <= 'Z' or >= 'a' and <= 'z', .. var rest] && rest.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or ':');

    private static string Literal(string text) => $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'";

    private static string? FindManifest()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var manifest = Path.Combine(folder.FullName, "ManagedDns.psd1");
            if (File.Exists(manifest))
            {
                return manifest;
            }
        }

        return null;
    }

    private int Run(Action<PowerShell> compose)
    {
        using var shell = PowerShell.Create(runspace);
        compose(shell);
        shell.Commands.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        shell.AddCommand("Out-Default");
        lock (_lock)
        {
            _running = shell;
            _interrupted = false;
        }

        try
        {
            shell.Invoke();
            return host.ExitCode ?? (_interrupted ? Interrupted : shell.HadErrors ? 1 : 0);
        }
        catch (PipelineStoppedException)
        {
            return Interrupted;
        }
        catch (RuntimeException exception)
        {
            Show(exception.ErrorRecord);
            return host.ExitCode ?? 1;
        }
        finally
        {
            lock (_lock)
            {
                _running = null;
            }
        }
    }

    /// <summary>Shows an error that ended the pipeline in the same form as one that did not.</summary>
    private void Show(ErrorRecord error)
    {
        // Out-Default takes an error that is given to it, not merged in, for output.
        using var shell = PowerShell.Create(runspace);
        host.Terminal.OutputIsError = true;
        try
        {
            shell.AddCommand("Out-Default").Invoke(new[] { error });
        }
        finally
        {
            host.Terminal.OutputIsError = false;
        }
    }

    private string Prompt()
    {
        using var shell = PowerShell.Create(runspace);
        return shell.AddCommand("prompt").Invoke<string>().FirstOrDefault() ?? "PS> ";
    }
}
