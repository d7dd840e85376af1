using System.Management.Automation;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

public sealed class TsigKeyTests : IDisposable
{
    private readonly ModuleSession _session = new();

    [Fact]
    public void A_store_without_its_key_says_how_to_go_on_and_each_secret_that_is_lost_how_to_have_it_again()
    {
        _session.Run("$null = New-TsigKey transfer.example.com; $null = New-PrimaryNameServer home 192.0.2.1 -TsigKey transfer.example.com");
        File.Delete(Path.Combine(_session.Store, "store.key"));
        Assert.Contains("Reset-ManagedDnsStoreKey", _session.Error("Get-PrimaryNameServer").ErrorDetails.RecommendedAction, StringComparison.Ordinal);

        var lost = _session.One("Reset-ManagedDnsStoreKey -Confirm:$false");

        Assert.Equal(("TsigKey", "transfer.example.com"), (lost.Text("Kind"), lost.Text("Name")));
        Assert.Contains("Set-TsigKey -Name transfer.example.com -Secret", lost.Text("Remedy"), StringComparison.Ordinal);
        Assert.Equal("transfer.example.com", _session.One("Get-PrimaryNameServer").Text("TsigKey"));
        Assert.Empty(_session.Run("Reset-ManagedDnsStoreKey -Confirm:$false"));
    }

    [Fact]
    public void A_new_key_has_a_secret_as_long_as_its_digest_and_no_other_cmdlet_shows_it()
    {
        var made = _session.One("New-TsigKey transfer.example.com. -Algorithm HmacSha512 -Comment mine");

        Assert.Equal("transfer.example.com", made.Text("Name"));
        Assert.Equal(64, Convert.FromBase64String(made.Text("Secret")!).Length);
        var shown = _session.One("Get-TsigKey TRANSFER.example.com");
        Assert.Equal("HmacSha512", shown.Text("Algorithm"));
        Assert.Equal("mine", shown.Text("Comment"));
        Assert.Null(shown.Properties["Secret"]);
        Assert.DoesNotContain(made.Text("Secret")!, PSSerializer.Serialize(shown), StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_given_is_the_one_exported()
    {
        _session.One("New-TsigKey k -Secret ([Net.NetworkCredential]::new('', $args[0]).SecurePassword)", "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ==");

        Assert.Contains(
            "secret \"c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ==\";", _session.One("Export-TsigKey k Bind9").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_that_is_no_Base64_is_Invalid_and_not_repeated_in_the_error()
    {
        var error = _session.Error("New-TsigKey k -Secret ([Net.NetworkCredential]::new('', 'not base64!').SecurePassword)");

        Assert.StartsWith("Invalid,ManagedDns.Commands.NewTsigKeyCommand", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.DoesNotContain("not base64!", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_session.Run("Get-TsigKey"));
    }

    [Fact]
    public void A_secret_shorter_than_the_digest_is_a_warning()
    {
        _session.Run("New-TsigKey k -Secret ([Net.NetworkCredential]::new('', 'AAAA').SecurePassword)");

        Assert.Contains("3 octets", Assert.Single(_session.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bind9")]
    [InlineData("Nsd")]
    [InlineData("Knot")]
    [InlineData("PowerDns")]
    public void A_key_exported_for_any_name_server_is_imported_as_it_was(string format)
    {
        // Two slashes in Base64 are no comment.
        _session.Run(
            "New-TsigKey one.example -Algorithm HmacSha1 -Secret ([Net.NetworkCredential]::new('', $args[0]).SecurePassword)",
            "//8//////////////////////w==");
        _session.Run("New-TsigKey two.example -Algorithm HmacMd5");
        var file = Path.Combine(_session.Folder, "keys");
        var before = _session.One("(Export-TsigKey one.example, two.example $args[0]) -join \"`n\"", format).ToString();
        File.WriteAllText(file, before);
        _session.Run("Remove-TsigKey one.example, two.example");

        var imported = _session.Run("Import-TsigKey $args[0]", file);

        Assert.Empty(_session.Errors);
        Assert.Equal(["one.example", "two.example"], imported.Select(key => key.Text("Name")));
        Assert.Equal(["HmacSha1", "HmacMd5"], imported.Select(key => key.Text("Algorithm")));
        Assert.Equal(before, _session.One("(Export-TsigKey one.example, two.example $args[0]) -join \"`n\"", format).ToString());
    }

    [Fact]
    public void Keys_are_found_among_comments_and_other_statements()
    {
        var file = Path.Combine(_session.Folder, "named.conf");
        File.WriteAllText(file, """
            # key "commented.example" { algorithm hmac-sha256; secret "AAAA"; };
            options { directory "/var"; }; /* key "also.example"
            { algorithm hmac-sha256; secret "AAAA"; }; */
            key real.example. {
              algorithm HMAC-SHA384; // the best
              secret "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ==";
            };
            zone "example" { type primary; allow-transfer { key real.example; }; };
            """);

        var key = _session.One("Import-TsigKey $args[0]", file);

        Assert.Equal("real.example", key.Text("Name"));
        Assert.Equal("HmacSha384", key.Text("Algorithm"));
    }

    [Fact]
    public void A_key_with_an_unknown_algorithm_names_its_file_and_line()
    {
        var file = Path.Combine(_session.Folder, "keys");
        File.WriteAllText(file, "\nkey \"k\" { algorithm hmac-sha3; secret \"AAAA\"; };\n");

        var error = _session.Error("Import-TsigKey $args[0]", file);

        Assert.Contains($"{file}, line 2", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("hmac-sha3", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_imported_key_replaces_one_of_its_name_only_with_Force()
    {
        var file = Path.Combine(_session.Folder, "keys");
        _session.Run("New-TsigKey k -Comment kept");
        File.WriteAllText(file, "key \"k\" { algorithm hmac-sha224; secret \"//8//////////////////////w==\"; };");

        Assert.Equal("DuplicateName", _session.Error("Import-TsigKey $args[0]", file).FullyQualifiedErrorId.Split(',')[0]);
        var replaced = _session.One("Import-TsigKey $args[0] -Force", file);

        Assert.Equal("HmacSha224", replaced.Text("Algorithm"));
        Assert.Equal("kept", replaced.Text("Comment"));
    }

    [Fact]
    public void A_key_in_use_stays_and_the_error_lists_every_user()
    {
        _session.Run("""
            $null = New-TsigKey k
            $null = New-PrimaryNameServer home 192.0.2.1 -TsigKey k
            Add-ZoneTransferAcl 192.0.2.0/24 -TsigKey k
            Add-NotifyTarget 192.0.2.9 -TsigKey k
            """);

        var error = _session.Error("Remove-TsigKey k");

        Assert.Equal("InUse,ManagedDns.Commands.RemoveTsigKeyCommand", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.ResourceBusy, error.CategoryInfo.Category);
        foreach (var user in new[] { "home", "192.0.2.0/24", "192.0.2.9" })
        {
            Assert.Contains(user, error.ToString(), StringComparison.Ordinal);
        }

        Assert.Equal(3, _session.One("Get-TsigKey k").List("UsedBy").Length);
    }

    public void Dispose() => _session.Dispose();
}
