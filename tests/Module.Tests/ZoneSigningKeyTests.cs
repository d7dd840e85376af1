using System.Security.Cryptography;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>Private keys taken over from BIND and Knot, and given to them.</summary>
public sealed class ZoneSigningKeyTests : IDisposable
{
    private readonly ModuleSession _session = new();

    [Theory]
    [InlineData("ECDSAP256SHA256")]
    [InlineData("ECDSAP384SHA384")]
    [InlineData("RSASHA256", "-b", "2048")]
    [InlineData("RSASHA512", "-b", "2048")]
    [InlineData("ED25519")]
    public async Task A_key_of_BIND_comes_in_and_goes_out_as_it_was(string algorithm, params string[] more)
    {
        var name = (await Tool.RunAsync(_session.Folder, "dnssec-keygen", ["-q", "-f", "KSK", "-a", algorithm, .. more, "example.test"])).Trim();
        var before = Path.Combine(_session.Folder, name);
        var after = Directory.CreateDirectory(Path.Combine(_session.Folder, "out")).FullName;

        _session.Run(
            "$null = New-ManagedZone example.test; Import-ZoneSigningKey example.test $args[0]; Export-ZoneSigningKey example.test $args[1] -Force -Confirm:$false",
            $"{before}.private", after);

        Assert.Empty(_session.Errors);
        var exported = Path.Combine(after, name);
        Assert.Equal(Fields($"{before}.private"), Fields($"{exported}.private"));
        Assert.Equal(
            await Tool.RunAsync(_session.Folder, "dnssec-dsfromkey", $"{before}.key"), await Tool.RunAsync(_session.Folder, "dnssec-dsfromkey", $"{exported}.key"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode($"{exported}.private"));
        }
    }

    [Theory]
    [InlineData("ECDSAP256SHA256")]
    [InlineData("RSASHA256", "-b", "2048")]
    [InlineData("ED25519")]
    public async Task A_key_in_PEM_that_we_write_is_one_that_Knot_takes_and_that_we_take_again(string algorithm, params string[] more)
    {
        var name = (await Tool.RunAsync(_session.Folder, "dnssec-keygen", ["-q", "-f", "KSK", "-a", algorithm, .. more, "example.test"])).Trim();
        _session.Run(
            "$null = New-ManagedZone example.test; Import-ZoneSigningKey example.test $args[0]; $null = Export-ZoneSigningKey example.test $args[1] -As Pkcs8 -Force -Confirm:$false",
            Path.Combine(_session.Folder, $"{name}.private"), _session.Folder);
        Assert.Empty(_session.Errors);
        var pem = Path.Combine(_session.Folder, $"{name}.pem");

        await Tool.RunAsync(_session.Folder, "keymgr", "-D", _session.Folder, "example.test", "import-pem", pem, $"algorithm={algorithm}", "ksk=yes");
        var ours = _session.Run(
            "$null = New-ManagedZone again.test; Import-ZoneSigningKey again.test $args[0] -PassThru; (Get-ZoneSigningKey example.test).DnsKey", pem);

        Assert.Empty(_session.Errors);
        Assert.Equal(ours[1].ToString(), ours[0].Text("DnsKey"));
    }

    [Fact]
    public void What_is_no_key_is_refused_and_says_why()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        var (text, curve) = (Write("text", "hello"), Write("p521.pem", other.ExportPkcs8PrivateKeyPem()));
        var cut = Write("K.private", "Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\n");
        _session.Run("$null = New-ManagedZone example.test; Import-ZoneSigningKey example.test $args[0], $args[1], $args[2], $args[3]", text, curve, cut, text + ".none");

        string[] parts = ["neither a .private file nor PEM", "No algorithm that is used here", "no line 'PrivateKey:'", "cannot be read"];
        Assert.Equal(parts, _session.Errors.Select(error => error.ToString()).Zip(parts, (error, part) => error.Contains(part, StringComparison.Ordinal) ? part : error));
    }

    [Fact]
    public void A_key_that_does_not_go_with_those_there_is_refused()
    {
        using var first = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _session.Run(
            "$null = New-ManagedZone example.test; Import-ZoneSigningKey example.test $args; Import-ZoneSigningKey example.test $args[0]",
            Write("1.pem", first.ExportPkcs8PrivateKeyPem()), Write("2.pem", second.ExportPkcs8PrivateKeyPem()));

        Assert.Equal(2, _session.Errors.Count);
        Assert.Contains("does not go with", _session.Errors[0].ToString(), StringComparison.Ordinal);
        Assert.Contains("is here already", _session.Errors[1].ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => _session.Dispose();

    private string Write(string name, string text)
    {
        var path = Path.Combine(_session.Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>The numbers of the key without its times and without leading zeros, which some leave out.</summary>
    private static IEnumerable<string> Fields(string path) => File.ReadAllLines(path).Select(line => line.Split(": "))
        .Where(parts => parts[0] is not ("Private-key-format" or "Algorithm" or "Created" or "Publish" or "Activate" or "SyncPublish"))
        .Select(parts => $"{parts[0]} {Convert.ToHexString(Convert.FromBase64String(parts[1])).TrimStart('0')}").Order(StringComparer.Ordinal);
}
