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

    public void Dispose() => _session.Dispose();

    private string[] Shown() =>
        [.. _session.Run("Get-ZoneSigning | ForEach-Object { \"$($_.ParentPrimary) $($_.ParentTsigKey) $($_.ForeignKey)\" }").Select(line => line.ToString()!)];
}
