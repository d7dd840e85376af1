using System.Management.Automation;
using System.Text.RegularExpressions;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>Every cmdlet that changes something, on one store: whatever is tried here, it stays as it was made.</summary>
public sealed class WhatIfTests(WhatIfTests.PreparedStore prepared) : IClassFixture<WhatIfTests.PreparedStore>
{
    /// <summary>One call of each cmdlet; each would succeed on the prepared store.</summary>
    private static readonly string[] s_calls =
    [
        "New-TsigKey another", "Set-TsigKey k -Comment changed", "Remove-TsigKey unused", "Import-TsigKey $keys",
        "Start-TsigKeyRollover k", "Complete-TsigKeyRollover rolling", "Stop-TsigKeyRollover rolling",
        "New-CommonSetting another", "Set-CommonSetting second -Default", "Copy-CommonSetting second third", "Remove-CommonSetting second",
        "New-PrimaryNameServer another 192.0.2.2", "Set-PrimaryNameServer home -Port 54", "Enable-PrimaryNameServer home", "Disable-PrimaryNameServer home",
        "Remove-PrimaryNameServer home",
        "Add-ZoneTransferAcl 198.51.100.0/24", "Remove-ZoneTransferAcl 192.0.2.0/24",
        "Add-NotifyTarget 198.51.100.9", "Remove-NotifyTarget 192.0.2.9",
        "New-ManagedZone another.example", "Set-ManagedZone a.example -CommonSetting second", "Remove-ManagedZone a.example", "Export-ManagedZone f.example $exported",
        "New-CatalogZone another.example -Producer", "Set-CatalogZone c.example -GracePeriod 1:0:0", "Remove-CatalogZone c.example", "Restore-CatalogMember m.example",
        "Enable-ZoneProxy a.example", "Disable-ZoneProxy a.example", "Start-ZoneTransfer a.example", "Approve-ZoneVersion a.example",
        "New-SigningPolicy another", "Set-SigningPolicy strict -SplitKeys", "Remove-SigningPolicy strict",
        "Enable-ZoneSigning h.example", "Disable-ZoneSigning h.example", "Start-ZoneKeyRollover h.example",
        "Import-ZoneSigningKey a.example $pem", "Export-ZoneSigningKey k.example .",
        "New-ManagedNameServer ns9.example", "Set-ManagedNameServer ns1.example 192.0.2.77", "Remove-ManagedNameServer ns1.example",
        "Export-ManagedDnsConfiguration $exported", "Import-ManagedDnsConfiguration $configuration", "Backup-ManagedDnsStore $exported",
        "Restore-ManagedDnsStore $backup -Force", "Reset-ManagedDnsStoreKey",
        "Start-SecondaryServer", "Stop-SecondaryServer", "Restart-SecondaryServer", "Register-SecondaryServer", "Unregister-SecondaryServer", "Set-SecondaryServer -Port 5353",
    ];

    private readonly ModuleSession _session = prepared.Session;

    public static TheoryData<string> Calls => [.. s_calls];

    [Theory]
    [MemberData(nameof(Calls))]
    public void What_would_be_changed_is_not(string call)
    {
        var before = Snapshot();

        _session.Run(call + " -WhatIf");

        Assert.Empty(_session.Errors);
        Assert.NotEmpty(_session.WhatIf);
        Assert.Equal(before, Snapshot());
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public void Where_there_is_no_store_none_is_made(string call)
    {
        var none = Path.Combine(_session.Folder, "none");

        _session.Run($"{call} -WhatIf -StorePath '{none}'");

        Assert.False(Directory.Exists(none));
    }

    [Fact]
    public void Every_cmdlet_that_supports_it_is_tried_here()
    {
        var supporting = _session.Run("Get-Command -Module ManagedDns").Select(command => (CommandInfo)command.BaseObject)
            .Where(command => command.Parameters.ContainsKey("WhatIf")).Select(command => command.Name);

        Assert.Equal(supporting.Order(), s_calls.Select(call => call.Split(' ')[0]).Order());
    }

    [Fact]
    public void Every_cmdlet_but_those_that_only_look_supports_it()
    {
        var without = _session.Run("Get-Command -Module ManagedDns").Select(command => (CmdletInfo)command.BaseObject)
            .Where(command => !command.Parameters.ContainsKey("WhatIf")).Select(command => command.Verb).Distinct();

        Assert.Equal(["Compare", "Export", "Get", "Resolve", "Test", "Wait"], without.Order());
    }

    /// <summary>
    /// What many zones share, and what -WhatIf tells of them: the default setting has all but p.example, which the key is not used for.
    /// </summary>
    [Theory]
    [InlineData("Set-CommonSetting Default -Comment c", "Common setting 'Default' of 3 zones: a.example, f.example, h.example")]
    [InlineData("Set-CommonSetting second -Comment c", "Common setting 'second' of 1 zone: p.example")]
    [InlineData("Set-CommonSetting third -Comment c", "Common setting 'third' of no zone")]
    [InlineData("Set-TsigKey k -Comment c", "TSIG key 'k', used by PrimaryNameServer 'home' for 3 zones: a.example, f.example, h.example")]
    [InlineData("Import-TsigKey $keys -Force", "TSIG key 'k' (HmacSha256) from '*', a key used for 3 zones: a.example, f.example, h.example")]
    [InlineData("Start-TsigKeyRollover k", "TSIG key 'k', used for 3 zones: a.example, f.example, h.example")]
    [InlineData("Complete-TsigKeyRollover rolling -Force", "TSIG key 'rolling', used for 1 zone: p.example")]
    [InlineData("Stop-TsigKeyRollover rolling -Force", "TSIG key 'rolling', used for 1 zone: p.example")]
    [InlineData("Set-SigningPolicy Default -SplitKeys", "Signing policy 'Default' of 1 zone: h.example")]
    [InlineData("New-PrimaryNameServer other 192.0.2.2 -CommonSetting second", "common setting 'second' of 1 zone: p.example")]
    [InlineData("Set-PrimaryNameServer home -Port 54", "common setting 'Default' of 3 zones: a.example, f.example, h.example")]
    [InlineData("Set-PrimaryNameServer home -CommonSetting second", "'second' of 1 zone: p.example, out of common setting 'Default' of 3 zones: a.example, f.example, h.example")]
    [InlineData("Enable-PrimaryNameServer home", "common setting 'Default' of 3 zones: a.example, f.example, h.example")]
    [InlineData("Disable-PrimaryNameServer home", "common setting 'Default' of 3 zones: a.example, f.example, h.example")]
    [InlineData("Remove-PrimaryNameServer home", "common setting 'Default' of 3 zones: a.example, f.example, h.example")]
    [InlineData("Add-ZoneTransferAcl 198.51.100.0/24 -CommonSetting second", "common setting 'second' of 1 zone: p.example")]
    [InlineData("Remove-ZoneTransferAcl 192.0.2.0/24 -CommonSetting second", "common setting 'second' of 1 zone: p.example")]
    [InlineData("Add-NotifyTarget 198.51.100.9 -CommonSetting second", "common setting 'second' of 1 zone: p.example")]
    [InlineData("Remove-NotifyTarget 192.0.2.9 -CommonSetting second", "common setting 'second' of 1 zone: p.example")]
    public void The_zones_that_an_edit_of_what_they_share_would_change_are_named(string call, string told)
    {
        using var session = new ModuleSession();
        var keys = Path.Combine(session.Folder, "keys");
        File.WriteAllText(keys, "key \"k\" { algorithm hmac-sha256; secret \"//8//////////////////////w==\"; };");
        session.Run(
            """
            $keys = $args[0]
            $null = 'k', 'rolling' | ForEach-Object { New-TsigKey $_ }
            $null = 'second', 'third' | ForEach-Object { New-CommonSetting $_ }
            $null = New-PrimaryNameServer home 192.0.2.1 -TsigKey k
            Add-ZoneTransferAcl 192.0.2.0/24 -CommonSetting second -TsigKey rolling
            Add-NotifyTarget 192.0.2.9 -CommonSetting second
            $null = 'a.example', 'f.example' | New-ManagedZone
            $null = New-ManagedZone h.example -HiddenPrimary
            $null = New-ManagedZone p.example -CommonSetting second
            $null = Start-TsigKeyRollover rolling
            Enable-ZoneSigning h.example
            """,
            keys);
        Assert.Empty(session.Errors);

        session.Run(call + " -WhatIf");

        Assert.Empty(session.Errors);
        Assert.Matches(Regex.Escape(told).Replace("\\*", ".*", StringComparison.Ordinal), Assert.Single(session.WhatIf));
    }

    [Fact]
    public void A_hundred_zones_are_named_and_of_more_how_many()
    {
        using var session = new ModuleSession();
        session.Run("$null = 1..150 | ForEach-Object { \"z$_.example\" } | New-ManagedZone; Set-CommonSetting Default -Comment c -WhatIf");

        Assert.Contains("150 zones: z1.example, ", Assert.Single(session.WhatIf), StringComparison.Ordinal);
        Assert.Contains(", z100.example and 50 more", Assert.Single(session.WhatIf), StringComparison.Ordinal);
    }

    /// <summary>Every file of the test's folder, and what is in it.</summary>
    private Dictionary<string, string> Snapshot() => Directory.EnumerateFiles(_session.Folder, "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal).ToDictionary(path => path, path => Convert.ToHexString(File.ReadAllBytes(path)));

    public sealed class PreparedStore : IDisposable
    {
        public PreparedStore()
        {
            var zone = Path.Combine(Session.Folder, "f.zone");
            File.WriteAllText(zone, "@ 60 IN SOA ns h 1 2 3 4 5\n@ 60 IN NS ns\nns 60 IN A 192.0.2.1\n");
            using (var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256))
            {
                File.WriteAllText(Path.Combine(Session.Folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
            }

            var keys = Path.Combine(Session.Folder, "keys");
            File.WriteAllText(keys, "key \"imported\" { algorithm hmac-sha256; secret \"//8//////////////////////w==\"; };");
            Session.Run(
                """
                $keys = $args[1]
                $exported = $args[2]
                $null = New-TsigKey k
                $null = New-TsigKey unused
                $null = New-TsigKey rolling
                $null = Start-TsigKeyRollover rolling
                $null = New-CommonSetting second
                $null = New-PrimaryNameServer home 192.0.2.1 -TsigKey k
                Add-ZoneTransferAcl 192.0.2.0/24
                Add-NotifyTarget 192.0.2.9
                $null = New-ManagedZone a.example
                $null = New-ManagedZone f.example -ZoneFile $args[0]
                $null = New-ManagedNameServer ns1.example 192.0.2.53
                $pem = $args[3]
                $null = New-ManagedZone k.example
                Import-ZoneSigningKey k.example $pem
                $configuration, $backup = "$($args[2]).json", "$($args[2]).backup"
                Export-ManagedDnsConfiguration $configuration
                $null = Backup-ManagedDnsStore $backup
                Set-PrimaryNameServer home -Priority 7
                $null = New-CatalogZone c.example -Producer
                $null = New-ManagedZone m.example
                $null = New-SigningPolicy strict
                $null = New-ManagedZone h.example -HiddenPrimary
                Import-ZoneSigningKey h.example $pem
                Enable-ZoneSigning h.example -WarningAction SilentlyContinue
                """,
                zone, keys, Path.Combine(Session.Folder, "exported.zone"), Path.Combine(Session.Folder, "key.pem"));
            Assert.Empty(Session.Errors);
        }

        public ModuleSession Session { get; } = new();

        public void Dispose() => Session.Dispose();
    }
}
