using System.Globalization;
using System.Xml.Linq;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>The tables of the format file, as the narrowest usual terminal shows them.</summary>
public sealed class FormatTests : IDisposable
{
    private const int Columns = 80;

    /// <summary>What the last column needs to be of use.</summary>
    private const int LeastRest = 10;

    private static readonly XElement[] s_views =
        [.. XDocument.Load(Path.Combine(Checkout.Root, "src", "ManagedDns", "ManagedDns.Format.ps1xml")).Descendants("View")];

    private readonly ModuleSession _session = new();

    [Fact]
    public void Every_table_shows_its_last_column_at_80_columns_and_cuts_nothing_off()
    {
        var tables = s_views.Where(view => view.Element("TableControl") is not null).ToArray();
        Assert.NotEmpty(tables);
        var complaints = tables.SelectMany(view => Complaints(view).Select(complaint => $"{view.Element("Name")!.Value}: {complaint}"));
        Assert.Equal("", string.Join('\n', complaints));
    }

    [Fact]
    public void Every_kind_of_object_that_a_cmdlet_writes_has_a_view_of_its_own()
    {
        var shown = s_views.SelectMany(view => view.Descendants("TypeName")).Select(type => type.Value).ToHashSet();
        var written = _session.Run("(Get-Command -Module ManagedDns).OutputType.Name").Select(name => name.ToString())
            .Where(name => name.StartsWith("ManagedDns.", StringComparison.Ordinal)).Distinct();

        Assert.Empty(written.Except(shown));
    }

    [Theory]
    [InlineData("Serials(7, 7)", "7")]
    [InlineData("Serials(9, 7)", "9\n(7)")]
    [InlineData("Serials($null, $null)", "")]
    [InlineData("EndPoint('192.0.2.1', 53)", "192.0.2.1")]
    [InlineData("EndPoint('2001:db8::1', 5353)", "[2001:db8::1]:5353")]
    [InlineData("Span('14.00:00:00')", "14d")]
    [InlineData("Span('6.23:00:00')", "6d 23h")]
    [InlineData("Span('02:59:10')", "02:59:10")]
    public void What_a_table_says_in_few_words(string said, string shown) =>
        Assert.Equal(shown, _session.One($"[ManagedDns.Output.Layout]::{said}").ToString());

    [Fact]
    public void A_text_in_the_last_column_is_broken_between_words() => Assert.Equal(
        "Start-ZoneTransfer\n-AcceptSerial", _session.One("[ManagedDns.Output.Layout]::Fit('Start-ZoneTransfer -AcceptSerial', 95, $Host)").ToString());

    [Fact]
    public void Where_a_zone_comes_from_is_told_in_few_words()
    {
        var file = Path.Combine(_session.Folder, "f.zone");
        File.WriteAllText(file, "@ 60 IN SOA ns h 1 2 3 4 5\n@ 60 IN NS ns\nns 60 IN A 192.0.2.1\n");
        _session.Run(
            """
            $null = New-ManagedZone a.example
            $null = New-ManagedZone f.example -ZoneFile $args[0]
            $null = New-ManagedZone h.example -HiddenPrimary
            $null = New-ManagedZone on.example
            Enable-ZoneProxy on.example -WarningAction SilentlyContinue
            """,
            file);
        Assert.Empty(_session.Errors);

        Assert.Equal(
            ["primaries, off", "master file", "hidden primary, off", "primaries"],
            _session.Run("Get-ManagedZone | ForEach-Object { [ManagedDns.Output.Layout]::Origin($_) }").Select(origin => origin.ToString()));
    }

    public void Dispose() => _session.Dispose();

    private static IEnumerable<string> Complaints(XElement view)
    {
        var headers = view.Descendants("TableColumnHeader").ToArray();
        var widths = headers.Select(header => int.Parse(header.Element("Width")?.Value ?? "0", CultureInfo.InvariantCulture)).ToArray();

        // PowerShell lays out by content, and drops what does not fit, where a column before the last has no width.
        if (widths.AsSpan(0, widths.Length - 1).Contains(0) || widths[^1] != 0)
        {
            yield return "every column but the last has a width";
        }

        if (widths.Sum(width => width + 1) + LeastRest - 1 > Columns)
        {
            yield return $"{Columns - widths.Sum(width => width + 1) + 1} columns are left for '{headers[^1].Element("Label")!.Value}'";
        }

        var labels = headers.Select(header => header.Element("Label")!.Value);
        foreach (var (label, width) in labels.Zip(widths).Where(column => column.Second > 0 && column.First.Length > column.Second))
        {
            yield return $"'{label}' is wider than its column of {width}";
        }

        if (!view.Descendants("Wrap").Any())
        {
            yield return "what does not fit is cut off";
        }

        // What breaks its lines must know what the other columns take.
        var taken = widths.AsSpan(0, widths.Length - 1).ToArray().Sum(width => width + 1);
        foreach (var script in view.Descendants("ScriptBlock").Where(script => script.Value.Contains("::Fit(", StringComparison.Ordinal)))
        {
            if (!script.Value.Contains($", {taken}, $Host)", StringComparison.Ordinal))
            {
                yield return $"{taken} columns are taken: {script.Value}";
            }
        }

        if (view.Descendants("TableColumnItem").Count() != headers.Length)
        {
            yield return "it has other columns than headings";
        }
    }
}
