using ManagedDns.Dns;

namespace ManagedDns.Lookup.Tests;

/// <summary>
/// Where the parent of a zone wants to be told of new CDS (RFC 9859 §4.1), asked of a parent that says it in each of the ways there are.
/// </summary>
public sealed class DsyncTests : IDisposable
{
    private readonly TestNameServer _root = new("127.0.0.1");
    private TestNameServer? _parent;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _root.Dispose();
        _parent?.Dispose();
    }

    [Theory]
    [InlineData("child._dsync DSYNC CDS NOTIFY 5300 scanner.example.", "child.example", "scanner.example:5300", "child._dsync.example. DSYNC")]
    [InlineData("_dsync DSYNC CDS NOTIFY 53 all.example.", "child.example", "all.example:53", "child._dsync.example. DSYNC|_dsync.example. DSYNC")]
    [InlineData("city.ise.mie._dsync DSYNC CDS NOTIFY 53 deep.example.", "city.ise.mie.example", "deep.example:53",
        "city._dsync.ise.mie.example. DSYNC|city.ise.mie._dsync.example. DSYNC")]
    [InlineData("_dsync DSYNC CDS NOTIFY 53 all.example.", "city.ise.mie.example", "all.example:53",
        "city._dsync.ise.mie.example. DSYNC|city.ise.mie._dsync.example. DSYNC|_dsync.example. DSYNC")]
    [InlineData("www A 192.0.2.1", "child.example", null, "child._dsync.example. DSYNC|_dsync.example. DSYNC")]
    public async Task The_target_is_looked_for_below_the_zone_then_below_its_parent_then_for_all(
        string record, string zone, string? target, string asked)
    {
        Serve(record);

        Assert.Equal(target, await FindAsync(zone, RecordType.CDS));
        Assert.Equal(asked.Split('|'), _parent!.Questions.Where(question => question.Contains("DSYNC")).Distinct());
    }

    [Theory]
    [InlineData("child._dsync DSYNC CSYNC NOTIFY 53 other.example.")]
    [InlineData("child._dsync DSYNC CDS 128 53 private.example.")]
    [InlineData("child._dsync DSYNC CDS 0 53 null.example.")]
    public async Task A_record_for_another_type_or_scheme_names_nobody_and_ends_the_search(string record)
    {
        Serve(record + "\n_dsync DSYNC CDS NOTIFY 53 all.example.");

        Assert.Null(await FindAsync("child.example", RecordType.CDS));
    }

    [Fact]
    public async Task The_record_for_the_type_that_changed_is_taken_among_others()
    {
        Serve("child._dsync DSYNC CDS NOTIFY 53 keys.example.\nchild._dsync DSYNC CSYNC NOTIFY 54 names.example.");

        Assert.Equal("names.example:54", await FindAsync("child.example", RecordType.CSYNC));
        Assert.Equal("keys.example:53", await FindAsync("child.example", RecordType.CDS));
    }

    [Fact]
    public async Task The_root_and_a_name_that_leaves_no_room_for_the_label_have_no_target()
    {
        Serve("_dsync DSYNC CDS NOTIFY 53 all.example.");

        Assert.Null(await FindAsync(".", RecordType.CDS));
        Assert.Null(
            await FindAsync($"{new string('a', 63)}.{new string('b', 63)}.{new string('c', 63)}.{new string('d', 50)}.example", RecordType.CDS));
    }

    private void Serve(string records)
    {
        _root.Serve(".", "example NS ns.example.\nns.example. A 127.0.0.2\n");
        _parent = new TestNameServer("127.0.0.2", _root.EndPoint.Port).Serve("example", $"@ NS ns\nns A 127.0.0.2\n{records}\n");
    }

    private async Task<string?> FindAsync(string zone, RecordType type)
    {
        var options = new LookupOptions { Port = _root.EndPoint.Port, Timeout = TimeSpan.FromSeconds(60), Tries = 1 };
        var target = await DsyncLookup.FindAsync(Resolver.FromRoot([_root.EndPoint], options), DomainName.Parse(zone), type, Cancellation);
        return target is null ? null : $"{target.Host.ToDisplayString()}:{target.Port}";
    }
}
