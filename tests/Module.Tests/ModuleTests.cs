using System.Management.Automation;
using System.Runtime.Loader;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>The module as a whole.</summary>
public sealed class ModuleTests : IDisposable
{
    private readonly ModuleSession _session = new();

    [Fact]
    public void The_manifest_exports_every_cmdlet_there_is_and_no_other()
    {
        var exported = _session.Run("Get-Command -Module ManagedDns").Select(command => command.Text("Name")!).ToArray();
        var assembly = AssemblyLoadContext.Default.Assemblies.Single(loaded => loaded.GetName().Name == "ManagedDns");
        var there = assembly.GetTypes().SelectMany(type => type.GetCustomAttributes(typeof(CmdletAttribute), false)).Cast<CmdletAttribute>()
            .Select(cmdlet => $"{cmdlet.VerbName}-{cmdlet.NounName}");

        Assert.Equal(there.Order(), exported.Order());
    }

    [Fact]
    public void What_others_have_made_is_loaded_apart_from_the_session()
    {
        _session.Run("Get-TsigKey");

        // SQLite is in these tests' own context too, for StoreTables: it is another one.
        Assert.DoesNotContain(AssemblyLoadContext.Default.Assemblies, loaded => loaded.GetName().Name == "ManagedDns.Store");
        foreach (var name in new[] { "ManagedDns.Store", "Microsoft.Data.Sqlite", "SQLitePCLRaw.core" })
        {
            Assert.Contains(
                AssemblyLoadContext.All, context => context.Name == "ManagedDns" && context.Assemblies.Any(loaded => loaded.GetName().Name == name));
        }
    }

    [Fact]
    public void Every_cmdlet_tells_its_output_type()
    {
        var silent = _session.Run("Get-Command -Module ManagedDns").Select(command => (CommandInfo)command.BaseObject).Where(command => command.OutputType.Count == 0);

        Assert.Empty(silent.Select(command => command.Name));
    }

    [Fact]
    public void No_cmdlet_takes_a_secret_as_plain_text()
    {
        var secrets = _session.Run("Get-Command -Module ManagedDns").SelectMany(command => ((CommandInfo)command.BaseObject).Parameters.Values)
            .Where(parameter => parameter.Name.Contains("Secret", StringComparison.Ordinal) || parameter.Name.Contains("Password", StringComparison.Ordinal));

        Assert.All(secrets, parameter => Assert.Equal(typeof(System.Security.SecureString), parameter.ParameterType));
    }

    [Fact]
    public void Objects_survive_serialisation_and_can_be_piped_on()
    {
        _session.Run("$null = New-PrimaryNameServer home 192.0.2.1 -Port 5353; $null = New-ManagedZone a.example");
        var primary = PSSerializer.Deserialize(PSSerializer.Serialize(_session.One("Get-PrimaryNameServer")));
        var zone = PSSerializer.Deserialize(PSSerializer.Serialize(_session.One("Get-ManagedZone")));

        Assert.Equal(9, _session.One("$args[0] | Set-PrimaryNameServer -Priority 9 -PassThru", primary).Get("Priority"));
        Assert.Equal("a.example", _session.One("$args[0] | Get-ZoneProxy", zone).Text("Name"));
    }

    [Theory]
    [InlineData("Remove-TsigKey -Name tr", "transfer.example")]
    [InlineData("New-ManagedZone x.example -CommonSetting my", "'my setting'")]
    [InlineData("Get-PrimaryNameServer ho", "home")]
    [InlineData("Test-ZoneProxy -Name a", "a.example")]
    [InlineData("Get-ManagedNameServer n", "ns1.example")]
    [InlineData("Get-PrimaryConfigurationExample a.example -For Kn", "Knot")]
    public void Names_are_completed(string line, string expected)
    {
        _session.Run("""
            $null = New-TsigKey transfer.example
            $null = New-CommonSetting 'my setting'
            $null = New-PrimaryNameServer home 192.0.2.1
            $null = New-ManagedZone a.example
            $null = New-ManagedNameServer ns1.example
            """);

        // A completer sees what is typed, so the store is named on the line.
        var typed = line.Insert(line.IndexOf(' ', StringComparison.Ordinal), $" -StorePath {_session.Store}");
        Assert.Contains(
            expected,
            _session.Run("(TabExpansion2 $args[0] $args[0].Length).CompletionMatches.CompletionText", typed).Select(match => match.ToString()));
    }

    [Theory]
    [InlineData(1, "OtherSchema")]
    [InlineData(99 << 24, "NewerVersion")]
    public void A_store_that_another_build_made_is_an_error_with_a_way_on_and_stays_as_it_is(int header, string id)
    {
        _session.Run("$null = New-ManagedZone a.example");
        using (var store = new StoreTables(_session.Store))
        {
            store.Execute($"PRAGMA user_version = {header}");
        }

        var before = File.ReadAllBytes(Path.Combine(_session.Store, "settings.db"));
        string[] commands =
        [
            "Get-ManagedZone", "New-ManagedZone b.example", "New-ManagedZone b.example -WhatIf", "Start-SecondaryServer",
            "Restore-ManagedDnsStore $args[0] -StorePath \"$($args[0])-2\"",
        ];
        foreach (var command in commands)
        {
            var error = _session.Error(command, _session.Store);
            Assert.Equal((id, ErrorCategory.InvalidData), (error.FullyQualifiedErrorId.Split(',')[0], error.CategoryInfo.Category));
            Assert.Contains(Path.Combine(_session.Store, "settings.db"), error.ToString(), StringComparison.Ordinal);
            Assert.Contains("Import-ManagedDnsConfiguration", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        }

        Assert.Equal(before, File.ReadAllBytes(Path.Combine(_session.Store, "settings.db")));
    }

    [Theory]
    [InlineData("UpToDate", "None", "Ansi", "\u001b[32mUpToDate\u001b[0m")]
    [InlineData("Waiting", "Timeout", "Ansi", "\u001b[33mWaiting\u001b[0m")]
    [InlineData("Expired", "None", "Ansi", "\u001b[31mExpired\u001b[0m")]
    [InlineData("UpToDate", "None", "PlainText", "UpToDate")]
    [InlineData("UpToDate", "None", "Host", "UpToDate")] // this host shows no colours
    public void A_state_has_a_colour_where_it_can_be_shown_and_is_wanted(string state, string reason, string rendering, string shown) => Assert.Equal(
        shown, _session.One("[ManagedDns.Output.Layout]::Show($args[0], $args[1], $Host, $args[2])", state, reason, rendering).ToString());

    [Fact]
    public void The_next_step_of_a_zone_is_what_somebody_has_to_do_first()
    {
        _session.Run("$null = 'a.example', 'b.example' | New-ManagedZone; Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0");
        Assert.Equal("Start-SecondaryServer", _session.One("Get-ZoneProxy a.example").Text("NextStep"));

        _session.Run("Start-SecondaryServer; Enable-ZoneProxy b.example -WarningAction SilentlyContinue");
        try
        {
            Assert.Equal("Enable-ZoneProxy", _session.One("Get-ZoneProxy a.example").Text("NextStep"));
            Assert.True(SpinWait.SpinUntil(
                () => _session.One("Get-ZoneProxy b.example").Text("NextStep") == "Enable-PrimaryNameServer", TimeSpan.FromSeconds(120)));
        }
        finally
        {
            _session.Run("Stop-SecondaryServer");
        }
    }

    [Fact]
    public void A_completer_without_a_store_completes_nothing_and_makes_none()
    {
        _session.Run("(TabExpansion2 $args[0] $args[0].Length).CompletionMatches", $"Get-ManagedZone -StorePath {_session.Store} -Name a");

        Assert.Empty(_session.Errors);
        Assert.False(Directory.Exists(_session.Store));
    }

    public void Dispose() => _session.Dispose();
}
