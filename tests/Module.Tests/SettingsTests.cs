using System.Management.Automation;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

public sealed class SettingsTests : IDisposable
{
    private readonly ModuleSession _session = new();

    [Fact]
    public void What_a_transfer_may_cost_stands_in_the_common_setting_and_changes_one_by_one()
    {
        var setting = _session.One("Set-CommonSetting Default -MaxTransferSize 1GB -MaxTransferRecordCount 1000 -PassThru");
        Assert.Equal((1L << 30, 1000L, TimeSpan.FromSeconds(30), 100L), Cost(setting));
        setting = _session.One("Set-CommonSetting Default -TransferIdleTimeout 00:00:10 -MinTransferRate 0 -PassThru");
        Assert.Equal((1L << 30, 1000L, TimeSpan.FromSeconds(10), 0L), Cost(setting));
        Assert.Equal("Invalid", _session.Error("Set-CommonSetting Default -TransferIdleTimeout 0").FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal((1L << 30, 1000L, TimeSpan.FromSeconds(10), 0L), Cost(_session.One("Copy-CommonSetting Default second")));

        static (object?, object?, object?, object?) Cost(PSObject shown) =>
            (shown.Get("MaxTransferSize"), shown.Get("MaxTransferRecordCount"), shown.Get("TransferIdleTimeout"), shown.Get("MinTransferRate"));
    }

    [Fact]
    public void A_primary_is_registered_disabled_and_cannot_be_made_enabled()
    {
        Assert.Equal(false, _session.One("New-PrimaryNameServer home 192.0.2.1 -Port 5353 -Priority 3").Get("Enabled"));
        Assert.False(((CommandInfo)_session.One("Get-Command New-PrimaryNameServer").BaseObject).Parameters.ContainsKey("Enabled"));

        Assert.Equal(true, _session.One("Enable-PrimaryNameServer home -PassThru").Get("Enabled"));
        Assert.Equal(false, _session.One("Disable-PrimaryNameServer home -PassThru").Get("Enabled"));
        Assert.Equal(true, _session.One("Set-PrimaryNameServer home -Enabled $true -PassThru").Get("Enabled"));
    }

    [Theory]
    [InlineData("Set-PrimaryNameServer nosuch -Port 1", "New-PrimaryNameServer")]
    [InlineData("New-PrimaryNameServer home 192.0.2.1 -TsigKey nosuch", "New-TsigKey")]
    [InlineData("New-ManagedZone example.com -CommonSetting nosuch", "New-CommonSetting")]
    [InlineData("Enable-ZoneProxy nosuch.example", "New-ManagedZone")]
    [InlineData("Get-ManagedZone nosuch.example", "New-ManagedZone")]
    [InlineData("Remove-ManagedNameServer nosuch.example", "New-ManagedNameServer")]
    [InlineData("Remove-ZoneTransferAcl 192.0.2.0/24", "Add-ZoneTransferAcl")]
    [InlineData("Remove-NotifyTarget 192.0.2.1", "Add-NotifyTarget")]
    [InlineData("Copy-CommonSetting nosuch copy", "New-CommonSetting")]
    public void An_unknown_name_is_an_error_that_names_the_cmdlet_that_makes_one(string command, string maker)
    {
        var error = _session.Error(command);

        Assert.Equal("Unknown", error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal(ErrorCategory.ObjectNotFound, error.CategoryInfo.Category);
        Assert.Contains(maker, error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void A_primary_at_an_address_that_we_listen_on_is_OwnAddress()
    {
        _session.Run("Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 5399");

        Assert.Equal("OwnAddress", _session.Error("New-PrimaryNameServer me 127.0.0.1 -Port 5399").FullyQualifiedErrorId.Split(',')[0]);
        _session.One("New-PrimaryNameServer other 127.0.0.1 -Port 5398");
        Assert.Equal("OwnAddress", _session.Error("Set-PrimaryNameServer other -Port 5399").FullyQualifiedErrorId.Split(',')[0]);
    }

    [Theory]
    [InlineData("exa mple.com")]
    [InlineData("example.com ")]
    [InlineData("example.com\u00a0")]
    public void A_space_in_a_name_is_a_mistake_unless_it_is_escaped(string name)
    {
        var error = _session.Error("New-ManagedZone $args[0]", name);

        Assert.Equal("Invalid", error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains(@"\032", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(@"exa\032mple.com", _session.One(@"New-ManagedZone 'exa\032mple.com'").Text("Name"));
        Assert.Equal(@"exa\032mple.com", _session.One("Get-ManagedZone | Get-ZoneProxy").Text("Name"));
    }

    [Fact]
    public void The_default_common_setting_exists_from_the_start_and_there_is_always_one()
    {
        var setting = _session.One("Get-CommonSetting");
        Assert.Equal("Default", setting.Text("Name"));
        Assert.Equal(true, setting.Get("Default"));
        Assert.False(Directory.Exists(_session.Store), "Reading made a store.");

        Assert.Equal("Invalid", _session.Error("Remove-CommonSetting Default").FullyQualifiedErrorId.Split(',')[0]);
        Assert.Equal("Invalid", _session.Error("Set-CommonSetting Default -Default:$false").FullyQualifiedErrorId.Split(',')[0]);
        _session.One("New-CommonSetting customers -Default");
        Assert.Equal("customers", _session.One("Get-CommonSetting -Default").Text("Name"));
        _session.Run("Remove-CommonSetting Default");
        Assert.Empty(_session.Errors);
    }

    [Fact]
    public void A_common_setting_in_use_stays_and_the_error_names_its_zones()
    {
        _session.Run("$null = New-CommonSetting customers");
        _session.Run("'a.example', 'b.example' | New-ManagedZone -CommonSetting customers");

        var error = _session.Error("Remove-CommonSetting customers");

        Assert.Equal("InUse", error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains("a.example", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("b.example", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_copied_common_setting_has_the_originals_rules_and_its_primaries_disabled()
    {
        _session.Run("""
            $null = New-PrimaryNameServer home 192.0.2.1
            Enable-PrimaryNameServer home
            Add-ZoneTransferAcl 192.0.2.0/24
            Add-NotifyTarget 192.0.2.9 -Port 5353
            """);

        var copy = _session.One("Copy-CommonSetting Default second");

        Assert.Equal(["192.0.2.0/24"], copy.List("ZoneTransferAcl"));
        Assert.Equal(["192.0.2.9:5353"], copy.List("NotifyTargets"));
        var primary = _session.One("Get-PrimaryNameServer -CommonSetting second");
        Assert.Equal(false, primary.Get("Enabled"));
        Assert.NotEqual("home", primary.Text("Name"));
    }

    [Fact]
    public void What_Get_writes_can_be_piped_to_Set_and_changes_nothing_else()
    {
        _session.Run("$null = New-TsigKey k; $null = New-PrimaryNameServer home 192.0.2.1 -Port 5353 -TsigKey k -Priority 7; $null = New-ManagedZone a.example -HiddenPrimary -Comment c");

        var primary = _session.One("Get-PrimaryNameServer home | Set-PrimaryNameServer -Port 5354 -PassThru");
        var zone = _session.One("Get-ManagedZone a.example | Set-ManagedZone -Comment d -PassThru");

        Assert.Equal(("192.0.2.1", 5354, "k", 7), (primary.Text("Address"), primary.Get("Port"), primary.Text("TsigKey"), primary.Get("Priority")));
        Assert.Equal((true, "d", "Default"), (zone.Get("HiddenPrimary"), zone.Text("Comment"), zone.Text("CommonSetting")));
    }

    [Fact]
    public void Zones_are_found_by_wildcard_with_or_without_the_final_dot_and_in_any_script()
    {
        _session.Run("'acme.example', 'ACME.test', 'other.example', 'bücher.example' | New-ManagedZone");

        Assert.Equal(["acme.example", "ACME.test"], _session.Run("Get-ManagedZone acme*").Select(zone => zone.Text("Name")));
        Assert.Equal("ACME.test", _session.One("Get-ManagedZone acme.TEST.").Text("Name"));
        Assert.Equal("xn--bcher-kva.example", _session.One("Get-ManagedZone bücher.example").Text("Name"));
        Assert.Equal("DuplicateName", _session.Error("New-ManagedZone acme.test").FullyQualifiedErrorId.Split(',')[0]);
    }

    [Fact]
    public void One_wrong_zone_in_a_pipeline_is_one_error_and_the_others_are_made()
    {
        var made = _session.Run("1..1200 | ForEach-Object { if ($_ -eq 700) { 'zone1.example' } elseif ($_ -eq 800) { 'a..b' } else { \"zone$_.example\" } } | New-ManagedZone");

        Assert.Equal(1198, made.Count);
        Assert.Equal(["Invalid", "DuplicateName"], _session.ErrorIds.OrderDescending());
        Assert.Equal(["a..b", "zone1.example"], _session.Errors.Select(error => error.TargetObject.ToString()).Order());
        Assert.Equal(1198, _session.Run("Get-ManagedZone").Count);
    }

    [Fact]
    public void Two_cmdlets_of_one_pipeline_may_both_write()
    {
        var proxies = _session.Run("'a.example', 'b.example' | New-ManagedZone | Enable-ZoneProxy -PassThru");

        Assert.Empty(_session.Errors);
        Assert.Equal([true, true], proxies.Select(proxy => proxy.Get("Enabled")));
        Assert.Contains(_session.Warnings, warning => warning.Contains("has no primary", StringComparison.Ordinal));
    }

    [Fact]
    public void A_zone_file_with_an_error_is_refused_with_its_line()
    {
        var file = Path.Combine(_session.Folder, "a.zone");
        File.WriteAllText(file, "@ 60 IN SOA ns.a.example. h.a.example. 1 2 3 4 5\n@ 60 IN NS ns\nns 60 IN A 192.0.2.300\n");

        var error = _session.Error("New-ManagedZone a.example -ZoneFile $args[0]", file);

        Assert.Equal("ZoneFile", error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains($"{file}:3", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_session.Run("Get-ManagedZone"));
    }

    [Fact]
    public void The_records_of_a_zone_from_a_master_file_are_shown_and_exported()
    {
        var file = Path.Combine(_session.Folder, "a.zone");
        File.WriteAllText(file, "@ 60 IN SOA ns h 1 2 3 4 5\n@ 60 IN NS ns\nns 60 IN A 192.0.2.1\nwww 60 IN TYPE65280 \\# 2 abcd\n");
        _session.Run("$null = New-ManagedZone a.example -ZoneFile $args[0]", file);

        Assert.Equal("192.0.2.1", _session.One("Get-ManagedZoneRecord a.example -Type A").Text("Data"));
        Assert.Equal("TYPE65280", _session.One("Get-ManagedZoneRecord a.example www*").Text("Type"));
        Assert.Equal(2, _session.Run("Get-ManagedZoneRecord a.example '@'").Count);

        var exported = _session.One("Export-ManagedZone a.example $args[0] -PassThru", _session.Folder).Text("FullName")!;
        Assert.Equal(4, File.ReadLines(exported).Count(line => line.Length > 0 && line[0] != ';'));
        Assert.Equal("Invalid", _session.Error("Export-ManagedZone a.example $args[0]", exported).FullyQualifiedErrorId.Split(',')[0]);
        _session.Run("Export-ManagedZone a.example $args[0] -Force", exported);
        Assert.Empty(_session.Errors);
    }

    [Fact]
    public void A_file_that_is_no_store_ends_the_call_with_a_remedy()
    {
        Directory.CreateDirectory(_session.Store);
        File.WriteAllText(
            Path.Combine(_session.Store, "settings.db"), "This is no database, and was never one. This is no database, and was never one.");

        var error = _session.Error("'a.example', 'b.example' | New-ManagedZone");

        Assert.StartsWith("NotAStore,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.NotEmpty(error.ErrorDetails.RecommendedAction);
    }

    public void Dispose() => _session.Dispose();
}
