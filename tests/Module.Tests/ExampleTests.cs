using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>What is printed for a primary is what its own software takes.</summary>
public sealed class ExampleTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public ExampleTests()
    {
        _session.Run("""
            $null = New-TsigKey transfer.example.com -Algorithm HmacSha384
            $null = New-PrimaryNameServer home 192.0.2.1 -TsigKey transfer.example.com
            $null = New-CommonSetting unsigned
            $null = New-PrimaryNameServer plain 192.0.2.2 -CommonSetting unsigned
            $null = New-ManagedZone example.com
            $null = New-ManagedZone unsigned.example -CommonSetting unsigned
            Set-SecondaryServer -ListenAddress 127.0.0.1, ::1 -Port 5353 -TransferSource 127.0.0.1
            """);
        Assert.Empty(_session.Errors);
    }

    public static TheoryData<string> Zones => ["example.com", "unsigned.example"];

    [Theory]
    [MemberData(nameof(Zones))]
    public async Task Bind_takes_it(string zone)
    {
        var file = Write(zone, "Bind9", "options { allow-transfer { none; }; };\n");

        await Tool.RunAsync(_session.Folder, "named-checkconf", file);

        var understood = await Tool.RunAsync(_session.Folder, "named-checkconf", "-p", file);
        Assert.Contains("127.0.0.1 port 5353", understood, StringComparison.Ordinal);
        Assert.Contains("::1 port 5353", understood, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Zones))]
    public async Task Nsd_takes_it(string zone)
    {
        // Run as itself, so that no user is looked for.
        var file = Write(
            zone, "Nsd", $"server:\n    username: \"\"\n    zonesdir: \"{_session.Folder}\"\n    pidfile: \"{_session.Folder}/nsd.pid\"\n");

        await Tool.RunAsync(_session.Folder, "nsd-checkconf", file);

        Assert.Contains(
            "127.0.0.1@5353", await Tool.RunAsync(_session.Folder, "nsd-checkconf", "-z", zone, "-o", "notify", file), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Zones))]
    public async Task Knot_takes_it(string zone) =>
        Assert.Contains(
            "valid", await Tool.RunAsync(_session.Folder, "knotc", "-c", Write(zone, "Knot", ""), "conf-check"), StringComparison.OrdinalIgnoreCase);

    [Theory]
    [MemberData(nameof(Zones))]
    public async Task PowerDns_takes_it(string zone)
    {
        const string Schema = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql";
        await File.WriteAllTextAsync(
            Path.Combine(_session.Folder, "pdns.conf"), $"launch=gsqlite3\ngsqlite3-database={_session.Folder}/zones.db\ngsqlite3-dnssec=yes\nsocket-dir={_session.Folder}\n",
            TestContext.Current.CancellationToken);
        await Tool.RunAsync(_session.Folder, "sqlite3", "zones.db", $".read {Schema}");
        await Tool.RunAsync(_session.Folder, "pdnsutil", $"--config-dir={_session.Folder}", "create-zone", zone, "ns1.example.com");

        foreach (var line in await File.ReadAllLinesAsync(Write(zone, "PowerDns", ""), TestContext.Current.CancellationToken))
        {
            // As a shell takes it: the words of the line up to a comment.
            string[] words = [.. line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Trim('\''))];
            if (words is ["pdnsutil", .. var arguments])
            {
                await Tool.RunAsync(_session.Folder, "pdnsutil", [$"--config-dir={_session.Folder}", .. arguments]);
            }
        }

        Assert.Contains(
            "127.0.0.1:5353",
            await Tool.RunAsync(_session.Folder, "pdnsutil", $"--config-dir={_session.Folder}", "get-meta", zone, "ALSO-NOTIFY"),
            StringComparison.Ordinal);
        Assert.Contains(
            zone == "example.com" ? "transfer.example.com" : "127.0.0.1",
            await Tool.RunAsync(
                _session.Folder,
                "pdnsutil",
                $"--config-dir={_session.Folder}",
                "get-meta",
                zone,
                zone == "example.com" ? "TSIG-ALLOW-AXFR" : "ALLOW-AXFR-FROM"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void For_Windows_DNS_its_limits_are_told()
    {
        var text = _session.One("Get-PrimaryConfigurationExample example.com WindowsDns").ToString();

        Assert.Contains("Set-DnsServerPrimaryZone", text, StringComparison.Ordinal);
        Assert.Contains("no transfers with TSIG", text, StringComparison.Ordinal);
        Assert.Contains("port 53 only", text, StringComparison.Ordinal);
        Assert.Empty(_session.Run("[void][scriptblock]::Create($args[0])", text));
        Assert.Empty(_session.Errors);
    }

    [Fact]
    public void Without_a_primary_or_a_key_it_is_printed_with_a_warning()
    {
        _session.One("Get-PrimaryConfigurationExample unsigned.example Bind9");
        Assert.Contains("no TSIG key", Assert.Single(_session.Warnings), StringComparison.Ordinal);

        _session.Run("$null = New-CommonSetting empty; Set-ManagedZone unsigned.example -CommonSetting empty");
        _session.One("Get-PrimaryConfigurationExample unsigned.example Bind9");
        Assert.Contains("no primary yet", Assert.Single(_session.Warnings), StringComparison.Ordinal);
    }

    public void Dispose() => _session.Dispose();

    /// <summary>Writes the example into a configuration file behind what a server needs besides.</summary>
    private string Write(string zone, string software, string before)
    {
        var path = Path.Combine(_session.Folder, $"{software}.conf");
        File.WriteAllText(path, before + _session.One("Get-PrimaryConfigurationExample $args[0] $args[1]", zone, software) + "\n");
        return path;
    }
}
