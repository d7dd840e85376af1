using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>What Enable-ZoneSigning is given for the parent and for other signers, and what Get-ZoneSigning shows of it.</summary>
public sealed class ZoneSigningTests : IDisposable
{
    private const string Key = "257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==";

    private readonly ModuleSession _session = new();

    [Fact]
    public void What_was_set_is_shown_goes_through_the_pipeline_unchanged_and_ends_with_empty_values()
    {
        _session.Run($$"""
            $null = New-TsigKey update.example
            New-ManagedZone a.test -HiddenPrimary | Enable-ZoneSigning -ParentPrimary 192.0.2.53 -ParentTsigKey update.example -ForeignKey 'a.test. 3600 IN DNSKEY {{Key}}'
            Get-ZoneSigning a.test | Enable-ZoneSigning
            """);
        Assert.Equal([$"192.0.2.53:53 update.example {Key}"], Shown());

        _session.Run("Enable-ZoneSigning a.test -ParentPrimary '' -ForeignKey @()");
        Assert.Equal(["  "], Shown());
        Assert.Empty(_session.Errors);
    }

    [Theory]
    [InlineData("-ParentPrimary 192.0.2.53", "Give -ParentPrimary and -ParentTsigKey")]
    [InlineData("-ParentTsigKey update.example", "Give -ParentPrimary and -ParentTsigKey")]
    [InlineData("-ParentPrimary nonsense -ParentTsigKey update.example", "is no address")]
    [InlineData("-ForeignKey hello", "is no DNSKEY")]
    [InlineData("-ForeignKey 'b.test. 60 IN DNSKEY 257 3 13 AAAA'", "is a key of b.test, not of a.test")]
    [InlineData("-ForeignKey '257 3 15 AAAA'", "every signer has to sign with each algorithm")]
    public void What_does_not_go_together_is_refused_and_changes_nothing(string parameters, string message)
    {
        _session.Run($"$null = New-TsigKey update.example; $null = New-ManagedZone a.test -HiddenPrimary; Enable-ZoneSigning a.test {parameters}");

        Assert.Contains(message, $"{Assert.Single(_session.Errors)} {_session.Errors[0].ErrorDetails?.RecommendedAction}", StringComparison.Ordinal);
        Assert.Empty(Shown());
    }

    [Fact]
    public void The_DS_of_a_zone_that_has_none_yet_or_none_any_more_is_an_error_that_says_why()
    {
        _session.Run("$null = New-ManagedZone a.test -HiddenPrimary");
        Assert.Equal("Unknown", ErrorOf("Get-DsRecord a.test"));

        _session.Run("Enable-ZoneSigning a.test");
        Assert.Equal("TooEarly", ErrorOf("Get-DsRecord a.test"));
        Assert.Empty(_session.Run("Get-DsRecord; Get-DsRecord *.test"));

        Import("b.test");
        _session.Run("Enable-ZoneSigning b.test");
        Assert.Equal("b.test", Assert.Single(_session.Run("Get-DsRecord")).Properties["Zone"].Value);
        _session.Run("Disable-ZoneSigning b.test -Confirm:$false");
        Assert.Equal("Invalid", ErrorOf("Get-DsRecord b.test"));
        Assert.Empty(_session.Run("Get-DsRecord"));
    }

    [Fact]
    public void A_rollover_that_cannot_begin_now_says_so()
    {
        _session.Run("$null = New-ManagedZone a.test -HiddenPrimary");
        Assert.Equal("Unknown", ErrorOf("Start-ZoneKeyRollover a.test"));
        _session.Run("Enable-ZoneSigning a.test");
        Assert.Equal("TooEarly", ErrorOf("Start-ZoneKeyRollover a.test"));

        Import("b.test");
        _session.Run("Enable-ZoneSigning b.test");
        Assert.Equal("Invalid", ErrorOf("Start-ZoneKeyRollover b.test -Role Zsk"));
        var said = _session.Run("Start-ZoneKeyRollover b.test -WarningVariable said -WarningAction SilentlyContinue; $said");
        Assert.Contains("is replaced when it is", Assert.Single(said).ToString(), StringComparison.Ordinal);
        _session.Run("Disable-ZoneSigning b.test -Confirm:$false");
        Assert.Equal("Invalid", ErrorOf("Start-ZoneKeyRollover b.test"));
    }

    public void Dispose() => _session.Dispose();

    private string ErrorOf(string command) => _session.Error(command).FullyQualifiedErrorId.Split(',')[0];

    /// <summary>A zone that brings a key along, which waits for its DS.</summary>
    private void Import(string zone)
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var file = Path.Combine(_session.Folder, "key.pem");
        File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
        _session.Run($"$null = New-ManagedZone {zone} -HiddenPrimary; Import-ZoneSigningKey {zone} $args[0]", file);
        Assert.Empty(_session.Errors);
    }

    private string[] Shown() =>
        [.. _session.Run("Get-ZoneSigning | ForEach-Object { \"$($_.ParentPrimary) $($_.ParentTsigKey) $($_.ForeignKey)\" }").Select(line => line.ToString()!)];
}
