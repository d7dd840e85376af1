using ManagedDns.Dns.Presentation;

namespace ManagedDns.Dns.Tests.Presentation;

/// <summary><c>$INCLUDE</c> with real files in a folder of their own.</summary>
public sealed class ZoneFileIncludeTests : IDisposable
{
    private static readonly DomainName s_origin = DomainName.Parse("example.com");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void An_included_file_lies_relative_to_the_one_that_names_it_and_leaves_origin_and_owner_alone()
    {
        var main = Write("main.zone", "$TTL 9\na A 192.0.2.1\n$INCLUDE parts/one.zone sub\n  TXT after\nb CNAME c");
        Write("parts/one.zone", "x A 192.0.2.2\n$INCLUDE two.zone");
        Write("parts/two.zone", "$ORIGIN deep\ny A 192.0.2.3\n");

        Assert.Equal(
            [
                "a.example.com.	9	IN	A	192.0.2.1",
                "x.sub.example.com.	9	IN	A	192.0.2.2",
                "y.deep.sub.example.com.	9	IN	A	192.0.2.3",
                "a.example.com.	9	IN	TXT	\"after\"",
                "b.example.com.	9	IN	CNAME	c.example.com.",
            ],
            Lines(main));
    }

    [Fact]
    public void A_default_TTL_from_an_included_file_stays()
    {
        var main = Write("main.zone", "$INCLUDE ttl.zone\na A 192.0.2.1");
        Write("ttl.zone", "$TTL 77");

        Assert.Equal(["a.example.com.	77	IN	A	192.0.2.1"], Lines(main));
    }

    [Fact]
    public void A_file_name_with_spaces_is_quoted()
    {
        var main = Write("main.zone", "$INCLUDE \"my part.zone\"");
        Write("my part.zone", "a 1 A 192.0.2.1");

        Assert.Single(Lines(main));
    }

    [Fact]
    public void Files_that_include_each_other_are_refused()
    {
        var main = Write("main.zone", "$INCLUDE other.zone");
        Write("other.zone", "\n$INCLUDE main.zone");

        var error = Assert.Single(Assert.Throws<ZoneFileException>(() => Lines(main)).Errors);

        Assert.Equal((Path.Combine(_folder.FullName, "other.zone"), 2), (error.File, error.Line));
        Assert.Contains("includes itself", error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_not_included_without_end()
    {
        for (var i = 0; i < 20; i++)
        {
            Write($"{i}.zone", $"$INCLUDE {i + 1}.zone\n");
        }

        Write("20.zone", "a 1 A 192.0.2.1");

        Assert.Single(Lines(Path.Combine(_folder.FullName, "4.zone")));
        var error = Assert.Throws<ZoneFileException>(() => Lines(Path.Combine(_folder.FullName, "3.zone"))).Errors[0];
        Assert.Equal(Path.Combine(_folder.FullName, "19.zone"), error.File);
    }

    [Fact]
    public void An_error_in_an_included_file_names_that_file()
    {
        var main = Write("main.zone", "$INCLUDE part.zone\nb 1 A bad");
        var part = Write("part.zone", "a 1 A bad");

        Assert.Equal(
            [(part, 1), (main, 2)],
            Assert.Throws<ZoneFileException>(() => Lines(main)).Errors.Select(error => (error.File, error.Line)));
    }

    private static List<string> Lines(string path)
    {
        using var reader = ZoneFileReader.Open(path, s_origin);
        return ZoneFileReaderTests.Drain(reader);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
