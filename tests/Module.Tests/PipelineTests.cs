using System.Management.Automation;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>What goes through a pipeline: names, objects of other cmdlets, lines of a CSV file, and what is none of these.</summary>
public sealed class PipelineTests : IDisposable
{
    private readonly ModuleSession _session = new();

    [Theory]
    [InlineData("'a', 'b' | New-TsigKey; 'a', 'b' | Set-TsigKey -Comment c; Get-TsigKey", 2)]
    [InlineData("'a', 'b' | New-CommonSetting; 'a' | Copy-CommonSetting -NewName c; 'a' | Set-CommonSetting -Comment c; Get-CommonSetting ?", 3)]
    [InlineData("'a.example', 'b.example' | New-ManagedNameServer; Get-ManagedNameServer", 2)]
    [InlineData("'a', 'b' | New-SigningPolicy; 'a', 'b' | Set-SigningPolicy -Validity 20.00:00:00; Get-SigningPolicy ?", 2)]
    [InlineData("'192.0.2.0/24', '2001:db8::/32' | Add-ZoneTransferAcl; 'Default' | Get-ZoneTransferAcl", 2)]
    [InlineData("'192.0.2.0/24' | Add-ZoneTransferAcl; '192.0.2.0/24' | Remove-ZoneTransferAcl; Get-ZoneTransferAcl", 0)]
    public void Names_go_through_the_pipeline_wherever_they_mean_something(string script, int left)
    {
        var written = _session.Run("$null = & { " + script[..script.LastIndexOf(';')] + " };" + script[(script.LastIndexOf(';') + 1)..]);

        Assert.Empty(_session.Errors);
        Assert.Equal(left, written.Count);
    }

    [Theory]
    [InlineData("Add-NotifyTarget 192.0.2.9 -Port 5300; Get-NotifyTarget | Remove-NotifyTarget", "Get-NotifyTarget")]
    [InlineData("Add-ZoneTransferAcl 192.0.2.9; Get-ZoneTransferAcl | Remove-ZoneTransferAcl", "Get-ZoneTransferAcl")]
    [InlineData("$null = New-TsigKey k; Get-TsigKey | Remove-TsigKey", "Get-TsigKey")]
    [InlineData("$null = New-ManagedNameServer n.example; Get-ManagedNameServer | Remove-ManagedNameServer", "Get-ManagedNameServer")]
    [InlineData("$null = New-PrimaryNameServer p 192.0.2.1; Get-PrimaryNameServer | Remove-PrimaryNameServer", "Get-PrimaryNameServer")]
    [InlineData("$null = New-ManagedZone z.example; Get-ManagedZone | Remove-ManagedZone", "Get-ManagedZone")]
    public void What_Get_shows_Remove_takes(string script, string get)
    {
        _session.Run(script);
        Assert.Empty(_session.Errors);
        Assert.Empty(_session.Run(get));
    }

    [Fact]
    public void A_common_setting_leads_to_what_belongs_to_it()
    {
        _session.Run(
            """
            $null = New-CommonSetting customers
            $null = New-PrimaryNameServer ours 192.0.2.1 -CommonSetting customers
            $null = New-PrimaryNameServer other 192.0.2.2
            $null = New-ManagedZone a.example -CommonSetting customers
            $null = New-ManagedZone b.example
            Add-ZoneTransferAcl 192.0.2.0/24 -CommonSetting customers
            """);

        Assert.Equal("ours", _session.One("Get-CommonSetting customers | Get-PrimaryNameServer").Text("Name"));
        Assert.Equal("a.example", _session.One("Get-CommonSetting customers | Get-ManagedZone").Text("Name"));
        Assert.Equal("192.0.2.0/24", _session.One("Get-CommonSetting customers | Get-ZoneTransferAcl").Text("Network"));
    }

    [Theory]
    [InlineData("Get-ManagedZone b.example -CommonSetting customers")]
    [InlineData("Get-PrimaryNameServer other -CommonSetting customers")]
    public void A_name_that_has_another_common_setting_than_the_one_given_is_an_error_that_tells_which(string get)
    {
        _session.Run(
            "$null = New-CommonSetting customers; $null = New-PrimaryNameServer other 192.0.2.2; $null = New-ManagedZone b.example");

        var error = _session.Error(get);
        Assert.Equal("Unknown", error.FullyQualifiedErrorId.Split(',')[0]);
        Assert.Contains("'Default'", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[pscustomobject]@{ domain = 'a.example' } | New-ManagedZone", "no member Name")]
    [InlineData("@{ Name = 'a.example' } | New-ManagedZone", "[pscustomobject]")]
    [InlineData("New-ManagedZone a.example, b.example", "go through the pipeline")]
    [InlineData("[pscustomobject]@{ key = 'k' } | New-TsigKey", "no member Name")]
    [InlineData("[pscustomobject]@{ x = 'k' } | New-CommonSetting", "no member Name")]
    public void An_object_without_a_name_makes_nothing_that_is_named_after_its_look(string command, string told)
    {
        var error = _session.Error(command);

        Assert.Equal(ErrorCategory.InvalidData, error.CategoryInfo.Category);
        Assert.Contains(told, error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_session.Run("Get-ManagedZone; Get-TsigKey; Get-CommonSetting x -ErrorAction Ignore"));
    }

    [Fact]
    public void A_CSV_file_makes_zones_by_its_headings()
    {
        _session.Run(
            """
            $null = New-CommonSetting c1
            $null = [pscustomobject]@{ ZoneName = 'a.example'; CommonSetting = 'c1'; Comment = 'hello' },
              [pscustomobject]@{ ZoneName = 'b.example'; CommonSetting = 'c1'; Comment = '' } | New-ManagedZone
            """);

        Assert.Empty(_session.Errors);
        Assert.Equal(2, _session.Run("Get-CommonSetting c1 | Get-ManagedZone").Count);
        Assert.Equal("hello", _session.One("Get-ManagedZone a.example").Text("Comment"));
    }

    [Fact]
    public void Reading_where_there_is_no_store_says_so_and_writing_does_not()
    {
        Assert.Empty(_session.Run("Get-ManagedZone"));
        Assert.Contains(_session.Store, Assert.Single(_session.Warnings), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_session.Store));

        _session.Run("$null = New-ManagedZone a.example; Get-ManagedZone");
        Assert.Empty(_session.Warnings);
    }

    public void Dispose() => _session.Dispose();
}
