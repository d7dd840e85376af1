using System.Management.Automation;
using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.ModuleTests.Kit;
using ManagedDns.TestKit;

namespace ManagedDns.ModuleTests;

/// <summary>The health check and what the parent says, on real sockets: our own server, scripted primaries, and a root of our own.</summary>
public sealed class HealthTests : IAsyncDisposable
{
    private static readonly DomainName s_zone = DomainName.Parse("example.test");

    private readonly ModuleSession _session = new();
    private readonly ScriptedServer _primary = ScriptedServer.Start(new ServerScript(s_zone, Records(7)));
    private readonly ScriptedServer _second = ScriptedServer.Start(new ServerScript(s_zone, Records(8)));

    [Fact]
    public void Primaries_that_disagree_are_named_and_each_tells_its_round_trip()
    {
        _session.Run(
            """
            $null = New-PrimaryNameServer first 127.0.0.1 -Port $args[0]
            $null = New-PrimaryNameServer second 127.0.0.1 -Port $args[1]
            $null = New-ManagedZone example.test
            """,
            _primary.EndPoint.Port, _second.EndPoint.Port);

        var checks = Check("Test-ZoneProxy example.test");

        Assert.Equal("Warning", checks["SerialAgreement"].Text("Result"));
        Assert.Contains("first 7, second 8", checks["SerialAgreement"].Text("Message"), StringComparison.Ordinal);
        Assert.Contains("first must catch up", checks["SerialAgreement"].Text("Remedy"), StringComparison.Ordinal);
        Assert.Equal("Passed", checks["RoundTrip"].Text("Result"));
        Assert.Equal("NotApplicable", checks["Notify"].Text("Result"));
        Assert.Contains("Get-PrimaryConfigurationExample", checks["Notify"].Text("Remedy"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_catalog_that_is_made_here_needs_no_primary_and_no_delegation()
    {
        _session.Run(
            """
            $null = New-ManagedNameServer ns1.example.test 192.0.2.1
            $null = New-CatalogZone catalog.test -Producer
            """);
        Serve("$null = New-ManagedZone example.test -ZoneFile $args[0]", "@ 60 IN SOA ns1 h 1 2 3 4 5\n@ 60 IN NS ns1\nns1 60 IN A 192.0.2.1\n");

        _session.Run("Wait-ZoneSerial catalog.test -Timeout 120");
        Assert.Empty(_session.Errors);
        var checks = Check("Test-ZoneProxy catalog.test");

        Assert.DoesNotContain(checks, check => check.Value.Text("Result") is "Failed" or "Warning");
        Assert.Equal("Passed", checks["Answer"].Text("Result"));
        Assert.All<string>(["Proxy", "Expiry", "NameServers", "PrimaryName"], check => Assert.Equal("NotApplicable", checks[check].Text("Result")));
        Assert.Equal(true, _session.One("Test-ZoneProxy catalog.test -Quiet").BaseObject);
        Assert.Equal("NoPrimary", _session.Error("Test-ZoneTransfer catalog.test").FullyQualifiedErrorId.Split(',')[0]);
    }

    [Fact]
    public void A_hidden_primary_that_a_listed_name_gives_away_fails()
    {
        Serve(
            """
            $null = New-CommonSetting home
            $null = New-PrimaryNameServer primary 192.0.2.7 -CommonSetting home
            $null = New-ManagedNameServer ns1.example.test 192.0.2.1
            $null = New-ManagedZone example.test -CommonSetting home -HiddenPrimary -ZoneFile $args[0]
            """,
            "@ 60 IN SOA hidden h 1 2 3 4 5\n@ 60 IN NS ns1\nns1 60 IN A 192.0.2.7\nhidden 60 IN A 192.0.2.7\n");
        _session.Run("Set-ManagedZone example.test -ZoneFile ''");

        // The zone is from primaries now, and still served with what it had.
        var checks = Check("Test-ZoneProxy example.test -SkipDelegation");

        Assert.Equal("Failed", checks["HiddenPrimary"].Text("Result"));
        Assert.Contains("192.0.2.7", checks["HiddenPrimary"].Text("Message"), StringComparison.Ordinal);
        Assert.Equal("Warning", checks["PrimaryName"].Text("Result"));
        Assert.Contains("hidden.example.test", checks["PrimaryName"].Text("Message"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_listed_name_server_that_is_not_ours_fails_unless_others_sign_the_zone_too()
    {
        Serve(
            """
            $null = New-ManagedNameServer ns1.example.test 192.0.2.1
            $null = New-ManagedZone example.test -HiddenPrimary -ZoneFile $args[0]
            """,
            "@ 60 IN SOA ns1 h 1 2 3 4 5\n@ 60 IN NS ns1\n@ 60 IN NS ns2\nns1 60 IN A 192.0.2.1\nns2 60 IN A 192.0.2.2\n");
        Assert.Equal("Failed", Check("Test-ZoneProxy example.test -SkipDelegation")["HiddenPrimary"].Text("Result"));

        _session.Run("Enable-ZoneSigning example.test -ForeignKey '257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA=='");
        var check = Check("Test-ZoneProxy example.test -SkipDelegation")["HiddenPrimary"];

        Assert.Equal("Passed", check.Text("Result"));
        Assert.Contains("ns2.example.test, of the zone's other signers", check.Text("Message"), StringComparison.Ordinal);
    }

    [Fact]
    public void Signatures_that_end_before_the_zone_expires_are_a_warning()
    {
        Serve(
            "$null = New-ManagedZone example.test -ZoneFile $args[0]",
            $"""
            @ 60 IN SOA ns1 h 1 2 3 604800 5
            @ 60 IN NS ns1
            ns1 60 IN A 192.0.2.1
            ns1 60 IN RRSIG A 13 3 60 {DateTime.UtcNow.AddDays(1):yyyyMMddHHmmss} 20200101000000 1 example.test. AAAA
            """);

        Assert.Contains("A of ns1.example.test", Check("Test-ZoneProxy example.test")["Signatures"].Text("Message"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_delegation_is_followed_from_a_root_of_our_own()
    {
        Serve(
            """
            $null = New-ManagedNameServer ns1.example.test 127.0.0.1
            $null = New-ManagedNameServer ns2.example.net 192.0.2.2
            $null = New-ManagedZone example.test -ZoneFile $args[0]
            """,
            "@ 60 IN SOA ns1 h 1 2 3 4 5\n@ 60 IN NS ns1\n@ 60 IN NS ns2.example.net.\nns1 60 IN A 127.0.0.1\n");
        var root = StartRoot("example.test. 60 IN NS ns1.example.test.\nns1.example.test. 60 IN A 192.0.2.99\nexample.test. 60 IN DS 1 13 2 "
            + new string('a', 64) + "\n");

        var checks = Check($"Test-ZoneDelegation example.test -RootHint {root}");

        Assert.Equal(("Failed", "Mismatch"), (checks["Delegation"].Text("Result"), checks["Delegation"].Text("Reason")));
        Assert.Contains("ns2.example.net is missing", checks["Delegation"].Text("Message"), StringComparison.Ordinal);
        Assert.Contains("192.0.2.99", checks["Glue"].Text("Message"), StringComparison.Ordinal);
        Assert.Contains("not signed", checks["Ds"].Text("Message"), StringComparison.Ordinal);
        Assert.Equal(false, _session.One($"Test-ZoneDelegation example.test -RootHint {root} -Quiet").BaseObject);
        Assert.Contains("Get-ZoneRegistration", checks["Delegation"].Text("Remedy"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_to_register_is_given_as_text_with_glue()
    {
        _session.Run(
            """
            $null = New-ManagedNameServer ns1.example.test 192.0.2.1, 2001:db8::1
            $null = New-ManagedNameServer ns2.example.net 192.0.2.2
            $null = New-ManagedZone example.test
            """);

        var registration = _session.One("Get-ZoneRegistration example.test");

        Assert.Equal(
            "example.test. IN NS ns1.example.test.\nexample.test. IN NS ns2.example.net.\n"
            + "ns1.example.test. IN A 192.0.2.1\nns1.example.test. IN AAAA 2001:db8::1",
            registration.Text("Text"));
        Assert.Equal(["ns1.example.test 192.0.2.1 2001:db8::1", "ns2.example.net 192.0.2.2"], registration.List("Hosts"));
    }

    [Fact]
    public void The_server_checks_by_itself_and_keeps_what_it_found()
    {
        Serve("$null = New-ManagedZone example.test -ZoneFile $args[0]", "@ 60 IN SOA ns1 h 1 2 3 4 5\n@ 60 IN NS ns1\nns1 60 IN A 192.0.2.1\n");

        Assert.True(SpinWait.SpinUntil(
            () => _session.Run("Get-ZoneProxyHistory example.test Answer -Result Passed").Count == 1, TimeSpan.FromSeconds(120)));
        var period = _session.One("Get-ZoneProxyHistory example.test Answer -Result Passed");
        Assert.Equal("Passed", period.Text("Result"));
        Assert.True((DateTime)period.Get("Since")! <= (DateTime)period.Get("Until")!);
        Assert.Matches(
            @"^Passed +Answer +20\d\d-\d\d-\d\d [0-9:]{8}Z to 20",
            _session.One("[ManagedDns.Output.Layout]::Show($args[0], $Host, 'PlainText')", period).ToString());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in Directory.EnumerateDirectories(_session.Folder).Where(folder => File.Exists(Path.Combine(folder, "settings.db"))))
        {
            _session.Run("if ((Get-SecondaryServer -StorePath $args[0]).State -eq 'Running') { Stop-SecondaryServer -StorePath $args[0] }", store);
        }

        _session.Dispose();
        await _primary.DisposeAsync();
        await _second.DisposeAsync();
    }

    private static ResourceRecord[] Records(int serial)
    {
        using var reader = ZoneFileReader.FromText($"@ 60 IN SOA ns h {serial} 2 3 4 5\n@ 60 IN NS ns\nns 60 IN A 192.0.2.1\n", s_zone);
        var records = new List<ResourceRecord>();
        while (reader.Read())
        {
            records.Add(ResourceRecord.From(reader.Current));
        }

        return [.. records];
    }

    private void Serve(string setUp, string zone)
    {
        var file = Path.Combine(_session.Folder, "example.test.zone");
        File.WriteAllText(file, zone);
        _session.Run("Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0\n" + setUp, file);
        Assert.Empty(_session.Errors);
        _session.Run("Start-SecondaryServer; Wait-ZoneSerial example.test -Serial 1 -Timeout 120");
        Assert.Empty(_session.Errors);
    }

    /// <summary>A root server of our own: a second store that serves the root zone.</summary>
    /// <returns>Its address and port.</returns>
    private string StartRoot(string delegations)
    {
        var file = Path.Combine(_session.Folder, "root.zone");
        File.WriteAllText(file, ". 60 IN SOA a.root. h. 1 2 3 4 5\n. 60 IN NS a.root.\na.root. 60 IN A 127.0.0.1\n" + delegations);
        var server = _session.One(
            """
            $PSDefaultParameterValues['*:StorePath'] = $args[1]
            Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0
            $null = New-ManagedZone . -ZoneFile $args[0]
            Start-SecondaryServer -PassThru
            $PSDefaultParameterValues['*:StorePath'] = $args[2]
            """,
            file, Path.Combine(_session.Folder, "root"), _session.Store);
        return Assert.Single(server.List("EndPoints"));
    }

    private Dictionary<string, PSObject> Check(string command)
    {
        var checks = _session.Run(command);
        Assert.Empty(_session.Errors);
        return checks.GroupBy(check => check.Text("Check")!).ToDictionary(group => group.Key, group => group.First());
    }
}
