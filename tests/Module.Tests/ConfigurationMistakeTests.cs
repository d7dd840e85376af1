using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>
/// Configurations that people have written or changed by hand, with what goes wrong there: what is wrong is named, and everything else is done.
/// </summary>
public sealed class ConfigurationMistakeTests : IDisposable
{
    private readonly ModuleSession _session = new();

    [Theory]
    [InlineData("""{ "primaryNameServers": [ { "name": "home", "address": "192.0.2.1", "prot": 54 } ] }""", "primary name server 'home'", "prot")]
    [InlineData("""{ "primaryNameServers": [ { "name": "home", "address": "192.0.2.1", "port": "many" } ] }""", "primary name server 'home'", "port")]
    [InlineData("""{ "primaryNameServers": [ { "name": "home", "address": "192.0.2.1", "port": 77777 } ] }""", "primary name server 'home'", "77777")]
    [InlineData("""{ "primaryNameServers": [ { "name": "home", "address": "somewhere" } ] }""", "primary name server 'home'", "somewhere")]
    [InlineData("""{ "primaryNameServers": [ { "name": "home" } ] }""", "primary name server 'home'", "address")]
    [InlineData("""{ "primaryNameServers": [ { "name": "home", "address": "192.0.2.1", "commonSetting": "none such" } ] }""", "", "none such")]
    [InlineData("""{ "primaryNameServers": [ { "name": 5, "address": "192.0.2.1" } ] }""", "", "name")]
    [InlineData("""{ "commonSettings": [ { "name": "customers", "checks": { "maxLossPercent": 200 } } ] }""", "common setting 'customers'", "200")]
    [InlineData("""{ "commonSettings": [ { "name": "customers", "checks": { "apexNameServers": "Perhaps" } } ] }""", "common setting 'customers'", "Perhaps")]
    [InlineData("""{ "commonSettings": [ { "name": "customers", "checks": 7 } ] }""", "common setting 'customers'", "checks")]
    [InlineData("""{ "zoneTransferAcl": [ { "network": "everywhere" } ] }""", "", "everywhere")]
    [InlineData("""{ "zoneTransferAcl": [ { "network": "192.0.2.0/24", "key": "k" } ] }""", "zone transfer ACL '192.0.2.0/24'", "key")]
    [InlineData("""{ "notifyTargets": [ { "address": "192.0.2.1", "port": 0 } ] }""", "", "192.0.2.1")]
    [InlineData("""{ "managedZones": [ { "name": "a..example" } ] }""", "", "a..example")]
    [InlineData("""{ "managedZones": [ { "name": "a.example", "hiddenPrimary": "perhaps" } ] }""", "managed zone 'a.example'", "hiddenPrimary")]
    [InlineData("""{ "managedZones": [ { "comment": "without a name" } ] }""", "", "name")]
    [InlineData("""{ "managedNameServers": [ { "hostName": "ns1.example", "addresses": "192.0.2.1" } ] }""", "managed name server 'ns1.example'", "addresses")]
    [InlineData("""{ "tsigKeys": [ { "name": "k", "algorithm": "HmacSha3" } ] }""", "TSIG key 'k'", "HmacSha3")]
    [InlineData("""{ "tsigKeys": [ { "name": "k", "algorithm": "HmacSha256" } ] }""", "", "does not tell the secret")]
    [InlineData("""{ "signingPolicies": [ { "name": "strict", "validity": "a while" } ] }""", "signing policy 'strict'", "validity")]
    [InlineData("""{ "signingPolicies": [ { "name": "strict", "algorithm": "RsaSha1" } ] }""", "signing policy 'strict'", "RsaSha1")]
    [InlineData("""{ "catalogZones": [ { "name": "there.example", "role": "Both" } ] }""", "catalog zone 'there.example'", "Both")]
    [InlineData("""{ "catalogZones": [ { "name": "there.example", "role": "Consumer", "groups": { "a": "b" }, "gracePeriod": 7 } ] }""", "catalog zone 'there.example'", "gracePeriod")]
    [InlineData("""{ "signedZones": [ { "name": "there.example", "signingPolicy": "Default" } ] }""", "signed zone 'there.example'", "hidden")]
    [InlineData("""{ "signedZones": [ { "name": "hidden.example", "signingPolicy": "Default", "keys": [ 5 ] } ] }""", "signed zone 'hidden.example'", "")]
    [InlineData("""{ "signedZones": [ { "name": "hidden.example", "signingPolicy": "Default", "keys": [ { "public": "AQEDDQECAwQ=" } ] } ] }""", "", "does not tell the private key")]
    [InlineData("""{ "server": { "prot": 53 } }""", "the server's settings", "prot")]
    [InlineData("""{ "server": { "listenAddresses": [] } }""", "the server's settings", "address")]
    [InlineData("""{ "server": { "lookups": { "rootHints": [ "nowhere" ] } } }""", "the server's settings", "nowhere")]
    [InlineData("""{ "server": { "tlsPort": 853 } }""", "the server's settings", "certificate")]
    [InlineData("""{ "primaryNameServer": [] }""", "", "primaryNameServer")]
    [InlineData("""{ "managedZones": { "name": "a.example" } }""", "", "managedZones")]
    [InlineData("""{ "managedZones": [ "a.example" ] }""", "", "managedZones")]
    [InlineData("""{ "managedZones": [ { "name": "a.example" ] }""", "", "line 1")]
    [InlineData("""{ "managedZones": [], "managedZones": [] }""", "", "twice")]
    public void A_mistake_is_named_where_it_is_and_nothing_half_is_left(string text, string where, string what)
    {
        ArgumentNullException.ThrowIfNull(text);
        _session.Run(
            "$null = New-ManagedZone there.example; $null = New-ManagedZone hidden.example -HiddenPrimary; Export-ManagedDnsConfiguration $args[0]",
            Before);
        var settings = File.ReadAllText(Before);

        var error = _session.Error("Import-ManagedDnsConfiguration $args[0]", Written("""{ "format": "ManagedDns/1", """ + text[1..]));

        Assert.Contains(error.FullyQualifiedErrorId.Split(',')[0], (string[])["Invalid", "Unknown"]);
        Assert.Contains(where, error.ErrorDetails.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.ErrorDetails.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.ErrorDetails.RecommendedAction);
        Assert.DoesNotContain("System.", error.ErrorDetails.Message, StringComparison.Ordinal);
        Assert.Equal(settings, _session.One("Export-ManagedDnsConfiguration").ToString() + "\n");
    }

    [Fact]
    public void What_stands_beside_a_mistake_is_made()
    {
        var error = _session.Error(
            "Import-ManagedDnsConfiguration $args[0]",
            Written("""{ "format": "ManagedDns/1", "managedZones": [ { "name": "a.example" }, { "name": "b.example", "coment": "x" }, { "name": "c.example" } ] }"""));

        Assert.Contains("managed zone 'b.example'", error.ErrorDetails.Message, StringComparison.Ordinal);
        Assert.Equal(["a.example", "c.example"], _session.Run("Get-ManagedZone").Select(zone => zone.Text("Name")));
    }

    [Fact]
    public void Names_in_another_spelling_are_the_same_ones()
    {
        _session.Run(
            "$null = New-TsigKey k; $null = New-ManagedZone a.example; Add-ZoneTransferAcl 192.0.2.1 -TsigKey k; Add-NotifyTarget 192.0.2.9");
        var file = Written(
            """
            { // as a person writes it
              "format": "ManagedDns/1",
              "managedZones": [ { "name": "A.Example." } ],
              "zoneTransferAcl": [ { "network": "192.0.2.1", "tsigKey": "K." } ],
              "notifyTargets": [ { "address": "192.0.2.9" } ],
            }
            """);

        _session.Run("Import-ManagedDnsConfiguration $args[0] -Prune -WhatIf", file);

        Assert.Empty(_session.Errors);
        Assert.Empty(_session.WhatIf);
    }

    [Fact]
    public void The_zones_that_an_import_would_change_are_named()
    {
        _session.Run("$null = 'a.example', 'b.example' | New-ManagedZone; $null = New-PrimaryNameServer home 192.0.2.1");

        _session.Run(
            "Import-ManagedDnsConfiguration $args[0] -WhatIf",
            Written("""{ "format": "ManagedDns/1", "primaryNameServers": [ { "name": "home", "address": "192.0.2.2" } ] }"""));

        var line = Assert.Single(_session.WhatIf);
        Assert.Contains("primary name server 'home', changing 2 zones: a.example, b.example", line, StringComparison.Ordinal);
        Assert.Contains("address \"192.0.2.1\" -> \"192.0.2.2\"", line, StringComparison.Ordinal);
    }

    public void Dispose() => _session.Dispose();

    private string Before => Path.Combine(_session.Folder, "before.json");

    private string Written(string text)
    {
        var file = Path.Combine(_session.Folder, "written.json");
        File.WriteAllText(file, text);
        return file;
    }
}
