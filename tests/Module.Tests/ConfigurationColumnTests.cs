using ManagedDns.ModuleTests.Kit;
using ManagedDns.TestKit;

namespace ManagedDns.ModuleTests;

/// <summary>
/// An exported configuration has every column of every table of settings: each is given a value that it would not have by itself, and must be there
/// after an
/// import elsewhere. A table or column that is new fails here until it is exported, or named as one that is no setting.
/// </summary>
public sealed class ConfigurationColumnTests : IDisposable
{
    /// <summary>What the server observes or is asked, and what tells one store from another.</summary>
    private static readonly string[] s_noSettings =
    [
        "store", "request", "catalog_member", "server_status", "zone_status", "health_period", "signing_status", "tsig_key_use", "transfer",
    ];

    /// <summary>Sealed with each store's own key: that they are the same is seen by an import that finds nothing to change.</summary>
    private static readonly string[] s_sealed = ["secret", "successor_secret", "private_key", "tls_identity", "cookie_secret", "cookie_other_secret"];

    private readonly ModuleSession _session = new();

    private string Other => Path.Combine(_session.Folder, "other");

    private string Exported => Path.Combine(_session.Folder, "exported.json");

    [Fact]
    public void Every_column_of_every_table_of_settings_comes_back()
    {
        Prepare();

        _session.Run(
            "Export-ManagedDnsConfiguration $args[0] -Passphrase $passphrase; Import-ManagedDnsConfiguration $args[0] -Passphrase $passphrase -StorePath $args[1]",
            Exported, Other);

        Assert.Empty(_session.Errors);
        using var fresh = Fresh();
        using var before = new StoreTables(_session.Store);
        using var after = new StoreTables(Other);
        foreach (var table in before.Names.Except(s_noSettings))
        {
            string[] columns = [.. before.Columns(table).Where(column => IsSetting(table, column))];
            foreach (var column in columns)
            {
                string[] ordinary = [.. fresh.Values(table, column) is { Count: > 0 } values ? values : ["NULL", "0", ""]];
                Assert.True(
                    before.Values(table, column).Except(ordinary).Any(),
                    $"{table}.{column} has no value in this test that it would not have by itself.");
            }

            Assert.Equal(before.Rows(table, columns.Except(s_sealed)), after.Rows(table, columns.Except(s_sealed)));
        }
    }

    [Fact]
    public void A_second_import_finds_every_secret_and_everything_else_as_it_is()
    {
        Prepare();
        _session.Run(
            "Export-ManagedDnsConfiguration $args[0] -Passphrase $passphrase; Import-ManagedDnsConfiguration $args[0] -Passphrase $passphrase -StorePath $args[1]",
            Exported, Other);
        var store = File.ReadAllBytes(Path.Combine(Other, "settings.db"));

        _session.Run("Import-ManagedDnsConfiguration $args[0] -Passphrase $passphrase -Prune -StorePath $args[1] -WhatIf", Exported, Other);
        Assert.Empty(_session.WhatIf);
        _session.Run("Import-ManagedDnsConfiguration $args[0] -Passphrase $passphrase -Prune -StorePath $args[1]", Exported, Other);

        Assert.Empty(_session.Errors);
        Assert.Equal(store, File.ReadAllBytes(Path.Combine(Other, "settings.db")));
    }

    /// <summary>Each secret of a store that has other ones is found to be another, and replaced.</summary>
    [Theory]
    [InlineData("Set-TsigKey k -Secret $other", "sealedSecret (another one)")]
    [InlineData("$null = Stop-TsigKeyRollover rolling -Force -PassThru; $null = Start-TsigKeyRollover rolling -NewName next -Algorithm HmacSha384", "successor.sealedSecret (another one)")]
    [InlineData("Stop-TsigKeyRollover rolling -Force", "successor none -> ")]
    [InlineData("Set-SecondaryServer -CookieSecret $other", "cookies.sealedSecret (another one)")]
    [InlineData("Set-SecondaryServer -OtherCookieSecret $null", "cookies.sealedOtherSecret none -> (sealed)")]
    [InlineData("Set-SecondaryServer -CertificatePath $another", "certificate.sealedPkcs12 (another one)")]
    [InlineData("Set-SecondaryServer -RootHint 192.0.2.99", "lookups.rootHints [\"192.0.2.99:53\"] -> [\"192.0.2.1:5300\"]")]
    [InlineData("Set-SigningPolicy strict -ZoneDigest:$false", "zoneDigest false -> true")]
    [InlineData("Enable-ZoneSigning h.example -ParentServer 192.0.2.8", "parentServers [\"192.0.2.8:53\"] -> [\"192.0.2.7:5300\"]")]
    public void What_differs_is_shown_changed_and_then_the_same(string edit, string difference)
    {
        Prepare();
        _session.Run($"Export-ManagedDnsConfiguration $args[0] -Passphrase $passphrase; {edit}", Exported);
        Assert.Empty(_session.Errors);
        var before = File.ReadAllBytes(Path.Combine(_session.Store, "settings.db"));

        _session.Run("Import-ManagedDnsConfiguration $args[0] -Passphrase $passphrase -WhatIf", Exported);
        Assert.Contains(_session.WhatIf, line => line.Contains(difference, StringComparison.Ordinal));
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(_session.Store, "settings.db")));

        _session.Run(
            "Import-ManagedDnsConfiguration $args[0] -Passphrase $passphrase; Import-ManagedDnsConfiguration $args[0] -Passphrase $passphrase -WhatIf", Exported);
        Assert.Empty(_session.Errors);
        Assert.Empty(_session.WhatIf);
    }

    public void Dispose() => _session.Dispose();

    private static bool IsSetting(string table, string column) =>
        column is not ("id" or "serial" or "applied_serial" or "looked_at") && !column.StartsWith("failure_", StringComparison.Ordinal) && (table, column) != ("zone_key", "id");

    private StoreTables Fresh()
    {
        var folder = Path.Combine(_session.Folder, "fresh");
        _session.Run("Set-SecondaryServer -Port 5353 -StorePath $args[0]; Set-SecondaryServer -Port 53 -StorePath $args[0]", folder);
        Assert.Empty(_session.Errors);
        return new(folder);
    }

    private void Prepare()
    {
        using var certificates = new TestCertificates();
        string Written(string name, string text)
        {
            var file = Path.Combine(_session.Folder, name);
            File.WriteAllText(file, text);
            return file;
        }

        var own = certificates.IssuePem("ns1.example.net", false, out var key);
        var another = certificates.IssuePem("ns1.example.net", false, out var anotherKey);
        using var zoneKey = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        _session.Run(
            """
            function Secret($text) { [Net.NetworkCredential]::new('', $text).SecurePassword }
            $passphrase, $other, $another = (Secret 'a passphrase'), (Secret 'ffeeddccbbaa99887766554433221100'), $args[4]
            $null = New-TsigKey k -Algorithm HmacSha512 -Comment 'a key'
            $null = New-TsigKey rolling
            $null = Start-TsigKeyRollover rolling -NewName next -Algorithm HmacSha384
            $null = New-CommonSetting customers -Comment c -Default -ApexNameServerCheck Warn -NameServerAddressCheck Reject -ExclusiveRecordCheck Warn `
                -RecordFormCheck Warn -ZoneDigestCheck Warn -SignatureLifetimeCheck Reject -SignatureCheck Warn -RecordLossCheck Off -MaxLossPercent 33 `
                -NotifySender 192.0.2.0/28 -MaxTransferSize 1000000 -MaxTransferRecordCount 5000 -TransferIdleTimeout 0:1:0 -MinTransferRate 2000
            $null = New-PrimaryNameServer home 192.0.2.1 -Port 5353 -TsigKey k -CommonSetting customers -Priority 3 -TransferMode Whole -Tls -TlsHostName ns1.example.net `
                -TlsPin AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= -TlsAuthorityPath $args[0]
            Enable-PrimaryNameServer home
            Add-ZoneTransferAcl 198.51.100.0/24 -TsigKey k -ClientPin AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
            Add-NotifyTarget 198.51.100.9 -Port 5354 -TsigKey k
            $null = New-ManagedNameServer ns1.example.net 192.0.2.53, 2001:db8::53
            $null = New-SigningPolicy strict -Algorithm Ed25519 -SplitKeys -Denial Nsec3 -OptOut -Validity 20.0:0:0 -RenewBefore 6.0:0:0 -Jitter 1.0:0:0 `
                -KeyTtl 2:0:0 -PropagationDelay 3:0:0 -ZskLifetime 30.0:0:0 -KskLifetime 300.0:0:0 -SerialPolicy UnixTime -ZoneDigest -NotifyParent:$false
            $null = New-ManagedZone f.example -ZoneFile $args[2] -Comment 'from a file'
            Set-ManagedZone f.example -NewCatalog elsewhere.example
            $null = 'h.example', 'ending.example', 'k.example' | New-ManagedZone -HiddenPrimary
            $null = New-ManagedZone catalog.example
            $null = New-CatalogZone catalog.example -MemberSetting Default -GracePeriod 5:0:0 -Group @{ important = 'customers' }
            Enable-ZoneSigning h.example -SigningPolicy strict -ParentServer 192.0.2.7:5300 -StripSignatures `
                -ParentPrimary 192.0.2.6 -ParentTsigKey k -ForeignKey '257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4='
            Enable-ZoneSigning ending.example
            Disable-ZoneSigning ending.example
            Import-ZoneSigningKey k.example $args[3]
            Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 5300 -TransferSource 127.0.0.2 -NodeName one -VersionText none -CookieEnabled $false `
                -CookieSecret (Secret '00112233445566778899aabbccddeeff') -OtherCookieSecret (Secret '0f112233445566778899aabbccddeeff') -RateLimit 50 `
                -RateLimitWindow 3 -RateLimitSlip 4 -RateLimitIPv4PrefixLength 20 -RateLimitIPv6PrefixLength 48 -RateLimitExempt 192.0.2.0/24 -UdpThreads 1 `
                -TcpConnectionLimit 100 -TcpClientConnectionLimit 10 -TcpIdleTimeout 0:0:7 -TlsPort 8530 -CertificatePath $args[1] `
                -HealthCheckInterval 0:10:0 -RootHint 192.0.2.1:5300 -Resolver 192.0.2.2 -LookupPort 5301
            """,
            Written("authority.pem", certificates.Pem), Written("own.pem", own + "\n" + key), Written("f.zone", "@ 60 IN SOA ns h 1 2 3 4 5\n@ 60 IN NS ns.example.\n"),
            Written("zone-key.pem", zoneKey.ExportPkcs8PrivateKeyPem()), Written("another.pem", another + "\n" + anotherKey));
        Assert.Empty(_session.Errors);

        // What only the server or a name server that answers would bring about.
        using var store = new StoreTables(_session.Store);
        store.Execute("UPDATE managed_zone SET proxy_enabled = 1 WHERE name LIKE 'h.example%'");
        store.Execute(
            "UPDATE zone_key SET role = 'Ksk', state = 'Retired', since = 1700000000001, created = 1600000000002, is_to_be_replaced = 1, is_compromised = 1, "
            + "ds_since = 1650000000003, ds_ttl = 3600000000");
    }
}
