using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace ManagedDns.ModuleTests.Kit;

/// <summary>A PowerShell session with the built module imported and a store of its own. Errors are collected, not thrown.</summary>
public sealed class ModuleSession : IDisposable
{
    private readonly Runspace _runspace;
    private readonly ListeningHost _host = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("manageddns-").FullName;

    public ModuleSession()
    {
        // Read by the engine when its first type is touched.
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");

        // Colours are wanted or not by each test, not by whoever runs them.
        Environment.SetEnvironmentVariable("NO_COLOR", null);
        _runspace = RunspaceFactory.CreateRunspace(_host, InitialSessionState.CreateDefault2());
        _runspace.Open();

        // Not by MANAGEDDNS_STORE, which all sessions of this process would share.
        Run(
            "Import-Module -Name $args[0] -ErrorAction Stop; $PSDefaultParameterValues = @{ '*:StorePath' = $args[1] }; $ConfirmPreference = 'None'",
            Checkout.Manifest, Store);
        Assert.Empty(Errors);
    }

    /// <summary>The store's folder; it does not exist before the first change.</summary>
    public string Store => Path.Combine(_folder, "store");

    /// <summary>A folder for the test's own files.</summary>
    public string Folder => _folder;

    /// <summary>The errors of the last run.</summary>
    public IReadOnlyList<ErrorRecord> Errors { get; private set; } = [];

    /// <summary>The error ids of the last run, without the cmdlet's name.</summary>
    public IEnumerable<string> ErrorIds => Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]);

    public IReadOnlyList<string> Warnings { get; private set; } = [];

    public IReadOnlyList<string> Verbose { get; private set; } = [];

    /// <summary>What -WhatIf told in the last run, a line for each change.</summary>
    public IReadOnlyList<string> WhatIf { get; private set; } = [];

    /// <summary>Runs a script; $args has the arguments. An error that ends it is the last of <see cref="Errors"/>.</summary>
    public IReadOnlyList<PSObject> Run(string script, params object[] arguments)
    {
        using var shell = PowerShell.Create(_runspace);
        shell.AddScript(script, useLocalScope: false);
        _host.Lines.Clear();
        foreach (var argument in arguments)
        {
            shell.AddArgument(argument);
        }

        var output = new List<PSObject>();
        var errors = new List<ErrorRecord>();
        try
        {
            shell.Invoke(null, output);
        }
        catch (RuntimeException e)
        {
            errors.Add(e.ErrorRecord);
        }

        Errors = [.. shell.Streams.Error, .. errors];
        Warnings = [.. shell.Streams.Warning.Select(warning => warning.Message)];
        Verbose = [.. shell.Streams.Verbose.Select(line => line.Message)];
        WhatIf = [.. _host.Lines.Where(line => line.StartsWith("What if: ", StringComparison.Ordinal))];
        return output;
    }

    /// <summary>Runs a script that must write one object and no error.</summary>
    public PSObject One(string script, params object[] arguments)
    {
        var output = Run(script, arguments);
        Assert.True(Errors.Count == 0, string.Join('\n', Errors));
        return Assert.Single(output);
    }

    /// <summary>Runs a script that must write one error, and returns it.</summary>
    public ErrorRecord Error(string script, params object[] arguments)
    {
        Run(script, arguments);
        return Assert.Single(Errors);
    }

    public void Dispose()
    {
        _runspace.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
