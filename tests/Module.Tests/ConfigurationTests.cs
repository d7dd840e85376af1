using System.Text.Json.Nodes;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>Settings as a file, and stores as backups.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public ConfigurationTests()
    {
        _session.Run(
            """
            $null = New-TsigKey transfer.example.com -Comment old
            $null = New-CommonSetting customers -Comment c -MaxTransferSize 1GB -MaxTransferRecordCount 1000 -TransferIdleTimeout 00:00:10 -MinTransferRate 0
            $null = New-PrimaryNameServer home 192.0.2.1 -Port 5353 -TsigKey transfer.example.com -CommonSetting customers -Priority 3 -TransferMode Whole
            Add-ZoneTransferAcl 198.51.100.0/24 -TsigKey transfer.example.com
            Add-ZoneTransferAcl 203.0.113.0/24 -RequireTls
            Add-ZoneTransferAcl 203.0.113.0/24 -ClientPin AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
            Add-NotifyTarget 198.51.100.9 -CommonSetting customers
            $null = New-ManagedZone example.com customers -HiddenPrimary
            $null = New-ManagedNameServer ns1.example.net 192.0.2.53, 2001:db8::53
            Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 5300 -HealthCheckInterval 00:10:00
            $passphrase = [Net.NetworkCredential]::new('', 'a passphrase').SecurePassword
            """);
        Assert.Empty(_session.Errors);
    }

    private string Other => Path.Combine(_session.Folder, "other");

    [Fact]
    public void An_exported_configuration_makes_the_same_settings_elsewhere_and_nothing_the_second_time()
    {
        var exported = Export("-Passphrase $passphrase");

        _session.Run("Import-ManagedDnsConfiguration $args[0] -Passphrase $passphrase -StorePath $args[1]", exported, Other);

        Assert.Empty(_session.Errors);
        Assert.Equal(Plain(_session.Store), Plain(Other));
        Assert.Equal(Secret(_session.Store), Secret(Other));

        var generation = Settings(Other);
        _session.Run("Import-ManagedDnsConfiguration $args[0] -Passphrase $passphrase -StorePath $args[1] -Verbose", exported, Other);
        Assert.Empty(_session.Errors);
        Assert.DoesNotContain(_session.Verbose, line => line.Contains("Performing", StringComparison.Ordinal));
        Assert.Equal(generation, Settings(Other));
    }

    [Fact]
    public void Secrets_are_told_only_on_demand_and_never_in_the_clear()
    {
        var secret = Secret(_session.Store);

        var without = JsonNode.Parse(_session.One("Export-ManagedDnsConfiguration").ToString())!;
        var with = _session.One("Export-ManagedDnsConfiguration -Passphrase $passphrase").ToString();

        Assert.Null(without["tsigKeys"]![0]!["sealedSecret"]);
        Assert.NotNull(JsonNode.Parse(with)!["tsigKeys"]![0]!["sealedSecret"]);
        Assert.DoesNotContain(secret, with, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_without_a_secret_is_an_error_that_says_how_to_get_it_and_what_needs_no_key_is_made()
    {
        _session.Run("Import-ManagedDnsConfiguration $args[0] -StorePath $args[1]", Export(), Other);

        Assert.Contains(_session.Errors, error => error.ErrorDetails.RecommendedAction.Contains("-Passphrase", StringComparison.Ordinal));
        Assert.Equal("example.com", _session.One("Get-ManagedZone -StorePath $args[0]", Other).Text("Name"));
    }

    [Fact]
    public void A_wrong_passphrase_opens_nothing()
    {
        _session.Run(
            "Import-ManagedDnsConfiguration $args[0] -StorePath $args[1] -Passphrase ([Net.NetworkCredential]::new('', 'wrong').SecurePassword)",
            Export("-Passphrase $passphrase"), Other);

        Assert.Contains(_session.Errors, error => error.Exception.Message.Contains("passphrase", StringComparison.Ordinal));
        Assert.Empty(_session.Run("Get-TsigKey -StorePath $args[0]", Other));
    }

    [Fact]
    public void What_differs_is_changed_and_with_Prune_what_is_too_much_goes()
    {
        var exported = Export();
        _session.Run(
            """
            Set-PrimaryNameServer home -Port 54
            $null = New-ManagedZone extra.example
            Set-SecondaryServer -Port 5301
            Import-ManagedDnsConfiguration $args[0]
            """,
            exported);
        Assert.Empty(_session.Errors);
        Assert.Equal(5353, _session.One("Get-PrimaryNameServer home").Get("Port"));
        Assert.Equal(5300, _session.One("Get-SecondaryServer").Get("Port"));
        Assert.Equal(2, _session.Run("Get-ManagedZone").Count);

        _session.Run("Import-ManagedDnsConfiguration $args[0] -Prune", exported);

        Assert.Empty(_session.Errors);
        Assert.Equal("example.com", _session.One("Get-ManagedZone").Text("Name"));
    }

    [Fact]
    public void A_file_that_is_no_configuration_is_said_to_be_none()
    {
        var file = Path.Combine(_session.Folder, "other.json");
        File.WriteAllText(file, "{ \"format\": \"something\" ");

        Assert.Equal("Invalid", _session.Error("Import-ManagedDnsConfiguration $args[0]", file).FullyQualifiedErrorId.Split(',')[0]);
    }

    [Fact]
    public void A_backup_restored_on_another_machine_state_is_the_same_store()
    {
        var backup = Path.Combine(_session.Folder, "backup");
        _session.One("Backup-ManagedDnsStore $args[0]", backup);
        _session.Run("Remove-ManagedZone example.com; Restore-ManagedDnsStore $args[0] -StorePath $args[1]", backup, Other);

        Assert.Empty(_session.Errors);
        Assert.Equal("example.com", _session.One("Get-ManagedZone -StorePath $args[0]", Other).Text("Name"));
        Assert.Equal(Secret(_session.Store), Secret(Other));
    }

    [Fact]
    public void A_backup_is_only_read_by_a_restore()
    {
        var backup = Path.Combine(_session.Folder, "backup");
        _session.One("Backup-ManagedDnsStore $args[0]", backup);
        var written = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        Directory.SetLastWriteTimeUtc(backup, written);

        _session.Run("Restore-ManagedDnsStore $args[0] -StorePath $args[1]", backup, Other);

        // Any file made in the folder, even for a moment, would have changed its time.
        Assert.Empty(_session.Errors);
        Assert.Equal(written, Directory.GetLastWriteTimeUtc(backup));
    }

    [Fact]
    public void A_store_that_is_there_is_replaced_only_by_force_and_not_while_its_server_runs()
    {
        var backup = Path.Combine(_session.Folder, "backup");
        _session.Run("$null = Backup-ManagedDnsStore $args[0] -IncludeContents; Set-SecondaryServer -Port 0", backup);
        Assert.Equal("DuplicateName", _session.Error("Restore-ManagedDnsStore $args[0]", backup).FullyQualifiedErrorId.Split(',')[0]);

        _session.Run("Start-SecondaryServer");
        Assert.Equal("InUse", _session.Error("Restore-ManagedDnsStore $args[0] -Force", backup).FullyQualifiedErrorId.Split(',')[0]);
        _session.Run("Stop-SecondaryServer; Restore-ManagedDnsStore $args[0] -Force", backup);

        Assert.Empty(_session.Errors);
        Assert.Equal(5300, _session.One("Get-SecondaryServer").Get("Port"));
    }

    public void Dispose() => _session.Dispose();

    private string Export(string arguments = "")
    {
        var file = Path.Combine(_session.Folder, "exported.json");
        _session.Run($"Export-ManagedDnsConfiguration $args[0] {arguments}", file);
        Assert.Empty(_session.Errors);
        return file;
    }

    private string Plain(string store) => _session.One("Export-ManagedDnsConfiguration -StorePath $args[0]", store).ToString();

    private string Secret(string store) => _session.One("Export-TsigKey transfer.example.com Bind9 -StorePath $args[0]", store).ToString();

    private static string Settings(string store) => Convert.ToHexString(File.ReadAllBytes(Path.Combine(store, "settings.db")));
}
