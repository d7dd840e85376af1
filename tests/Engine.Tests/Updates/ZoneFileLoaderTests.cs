using ManagedDns.Dns;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Updates;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Updates;

public sealed class ZoneFileLoaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("zone-file-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_good_file_becomes_a_zone_and_names_the_files_it_includes()
    {
        File.WriteAllText(Path.Combine(_folder, "hosts"), "included A 192.0.2.5\n");
        var files = new HashSet<string>();
        using var version = ZoneFileLoader.Load(
            Write(TestZone.Text(3, "$INCLUDE hosts\nlast A 192.0.2.6")), TestZone.Name, files, ContentCheckSettings.Default, DateTimeOffset.UtcNow);
        var zone = version.Contents;
        Assert.Equal(3u, zone.Serial);
        Assert.Equal(6, zone.RecordCount);
        Assert.Equal(["hosts", "zone"], files.Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_record_that_cannot_be_read_is_told_with_file_and_line()
    {
        var path = Write(TestZone.Text(3, "bad A not-an-address"));
        var failure = Load(path);
        Assert.Equal(FailureReason.ZoneFile, failure.Reason);
        Assert.StartsWith($"{path}:6: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_outside_the_zone_is_told_with_file_and_line()
    {
        var path = Write(TestZone.Text(3, "www.example.net. A 192.0.2.1"));
        var failure = Load(path);
        Assert.Equal(FailureReason.ZoneFile, failure.Reason);
        Assert.StartsWith($"{path}:6: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        var failure = Load(Path.Combine(_folder, "missing"));
        Assert.Equal(FailureReason.ZoneFile, failure.Reason);
        Assert.Contains("missing", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_reads_well_but_makes_no_zone_is_rejected()
    {
        var failure = Load(Write(TestZone.Text(3, "www CNAME ns1")));
        Assert.Equal(FailureReason.RejectedContent, failure.Reason);
        Assert.Contains("www.example.org.", failure.Message, StringComparison.Ordinal);
    }

    private static Failure Load(string path) =>
        Assert.Throws<DnsFailureException>(() => ZoneFileLoader.Load(path, TestZone.Name, new HashSet<string>(), ContentCheckSettings.Default, DateTimeOffset.UtcNow)).Failure;

    private string Write(string text)
    {
        var path = Path.Combine(_folder, "zone");
        File.WriteAllText(path, text);
        return path;
    }
}
