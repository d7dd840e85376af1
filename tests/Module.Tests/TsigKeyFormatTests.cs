using ManagedDns.Dns.Tsig;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>TSIG keys in the formats of other name servers, as their own programs read and write them.</summary>
public sealed class TsigKeyFormatTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public static TheoryData<TsigAlgorithm> Algorithms => new(Enum.GetValues<TsigAlgorithm>());

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Bind_takes_what_is_exported_and_what_tsig_keygen_makes_is_imported(TsigAlgorithm algorithm)
    {
        var exported = Export(algorithm, "Bind9");

        Assert.Contains("key \"k.example.com\"", await Tool.RunAsync(_session.Folder, "named-checkconf", "-p", exported), StringComparison.Ordinal);

        await ImportsAsync(await Tool.RunAsync(_session.Folder, "tsig-keygen", "-a", NameOf(algorithm), "made.example.com"), algorithm);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Nsd_takes_what_is_exported(TsigAlgorithm algorithm)
    {
        var exported = Export(
            algorithm, "Nsd", $"server:\n    username: \"\"\n    zonesdir: \"{_session.Folder}\"\n    pidfile: \"{_session.Folder}/nsd.pid\"\n");

        await Tool.RunAsync(_session.Folder, "nsd-checkconf", exported);

        var understood = await Tool.RunAsync(_session.Folder, "nsd-checkconf", "-a", "k.example.com", "-o", "algorithm", exported);
        Assert.Contains(NameOf(algorithm), understood, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Knot_takes_what_is_exported_and_what_keymgr_makes_is_imported(TsigAlgorithm algorithm)
    {
        var exported = Export(algorithm, "Knot");

        await Tool.RunAsync(_session.Folder, "knotc", "-c", exported, "conf-check");

        await ImportsAsync(await Tool.RunAsync(_session.Folder, "keymgr", "-t", "made.example.com", NameOf(algorithm)), algorithm);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task PowerDns_takes_what_is_exported_and_what_it_lists_is_imported(TsigAlgorithm algorithm)
    {
        var secret = _session.One("(New-TsigKey k.example.com -Algorithm $args[0]).Secret", algorithm).ToString();
        await File.WriteAllTextAsync(
            Path.Combine(_session.Folder, "pdns.conf"), $"launch=gsqlite3\ngsqlite3-database={_session.Folder}/zones.db\nsocket-dir={_session.Folder}\n",
            TestContext.Current.CancellationToken);
        await Tool.RunAsync(_session.Folder, "sqlite3", "zones.db", ".read /usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql");

        // As a shell takes it.
        string[] words = [.. _session.One("Export-TsigKey k.example.com PowerDns").ToString()!.Split(' ').Select(word => word.Trim('\''))];
        Assert.Equal("pdnsutil", words[0]);
        await Tool.RunAsync(_session.Folder, "pdnsutil", [$"--config-dir={_session.Folder}", .. words[1..]]);

        _session.Run("Remove-TsigKey k.example.com");
        var listed = await Tool.RunAsync(_session.Folder, "pdnsutil", $"--config-dir={_session.Folder}", "list-tsig-keys");
        await ImportsAsync(listed, algorithm, "k.example.com");
        Assert.Contains(secret, _session.One("Export-TsigKey k.example.com Bind9").ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => _session.Dispose();

    private static string NameOf(TsigAlgorithm algorithm) =>
        algorithm.ToString().ToLowerInvariant().Replace("hmac", "hmac-", StringComparison.Ordinal);

    private string Export(TsigAlgorithm algorithm, string format, string before = "")
    {
        var path = Path.Combine(_session.Folder, $"{format}.conf");
        _session.Run("$null = New-TsigKey k.example.com -Algorithm $args[0]", algorithm);
        File.WriteAllText(path, before + _session.One("Export-TsigKey k.example.com $args[0]", format) + "\n");
        return path;
    }

    private async Task ImportsAsync(string text, TsigAlgorithm algorithm, string name = "made.example.com")
    {
        var path = Path.Combine(_session.Folder, "made");
        await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);

        var key = _session.One("Import-TsigKey $args[0]", path);

        Assert.Equal((name, algorithm), (key.Text("Name"), (TsigAlgorithm)key.Get("Algorithm")!));
    }
}
