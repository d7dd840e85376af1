using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>Many zones at once, as from a CSV file.</summary>
public sealed class BulkTests : IDisposable
{
    private readonly ModuleSession _session = new();

    [Fact]
    public void A_mistake_names_its_line_and_stops_nothing_else()
    {
        _session.Run(
            """
            $null = New-CommonSetting customers
            1..1200 | ForEach-Object {
              [pscustomobject]@{ Name = ($_ -eq 731 ? 'not a name..' : "zone$_.example"); CommonSetting = 'customers'; HiddenPrimary = 'false' }
            } | New-ManagedZone | Out-Null
            """);

        var error = Assert.Single(_session.Errors);
        Assert.Contains("line 732 of a CSV file", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(1199, _session.Run("Get-ManagedZone").Count);
    }

    [Fact]
    public void A_name_that_is_there_twice_names_its_line_too()
    {
        _session.Run("'a.example', 'b.example', 'A.example', 'c.example' | New-ManagedZone | Out-Null");

        Assert.Contains("Item 3 of the pipeline", Assert.Single(_session.Errors).ToString(), StringComparison.Ordinal);
        Assert.Equal("DuplicateName", Assert.Single(_session.ErrorIds));
        Assert.Equal(3, _session.Run("Get-ManagedZone").Count);
    }

    [Theory]
    [InlineData("True", true)]
    [InlineData("yes", true)]
    [InlineData("", false)]
    public void A_switch_takes_what_a_CSV_column_has(string text, bool hidden)
    {
        var zone = _session.One("[pscustomobject]@{ Name = 'a.example'; HiddenPrimary = $args[0] } | New-ManagedZone", text);

        Assert.Equal(hidden, zone.Get("HiddenPrimary"));
    }

    public void Dispose() => _session.Dispose();
}
