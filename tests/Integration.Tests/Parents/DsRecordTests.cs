using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Integration.Tests.Peers;
using ManagedDns.Integration.Tests.PowerShell;
using ManagedDns.Model;

namespace ManagedDns.Integration.Tests.Parents;

/// <summary>Get-DsRecord and Test-DsRecord on a zone that the daemon signs, with Knot and BIND as parents.</summary>
public sealed class DsRecordTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_DS_is_what_dnssec_dsfromkey_makes_and_each_server_of_the_parent_is_judged()
    {
        await using var family = await Family.StartAsync(Cancellation);
        var session = new PowerShellSession(family.Store.Folder);
        await family.ComesToAsync(status => status.State == SigningState.WaitingForDs, Cancellation);
        var key = Assert.Single(family.Keys).Public;

        var ours = await session.RunAsync("Get-DsRecord child.example -DigestType Sha256, Sha384 | ForEach-Object { $_.Record }", Cancellation);
        Assert.Equal(await FromKeyAsync(family, "SHA-256"), Lines(ours)[0]);
        Assert.Equal(await FromKeyAsync(family, "SHA-384"), Lines(ours)[1]);
        Assert.Contains($"Key tag:     {key.Tag}", await session.RunAsync("(Get-DsRecord child.example).Text", Cancellation), StringComparison.Ordinal);

        const string Verdicts = "Get-DsRecord child.example -DigestType Sha256, Sha384 | Test-DsRecord | ForEach-Object { \"$($_.Server) $($_.Verdict) $($_.KeyTag)\" }";
        Assert.Equal([$"{family.NameOf(0)} Missing {key.Tag}", $"{family.NameOf(1)} Missing {key.Tag}"], Lines(await session.RunAsync(Verdicts, Cancellation)));

        var stranger = new DnsKey(257, DnssecAlgorithm.EcdsaP256Sha256, new byte[64]);
        await family.DelegateAsync(0, Cancellation, key);
        await family.DelegateAsync(1, Cancellation, stranger);
        await family.ComesToAsync(
            status => status.WaitingFor is { } what
                && what.EndsWith($"parent: {family.NameOf(1)} has that of key {stranger.Tag}", StringComparison.Ordinal),
            Cancellation);
        Assert.Equal(
            [$"{family.NameOf(0)} Matches {key.Tag}", $"{family.NameOf(1)} Stale {stranger.Tag}", $"{family.NameOf(1)} Missing {key.Tag}"],
            Lines(await session.RunAsync(Verdicts, Cancellation)));
        Assert.Equal("False", (await session.RunAsync("Get-ManagedZone | Test-DsRecord -Quiet", Cancellation)).Trim());

        await family.DelegateAsync(1, Cancellation, key);
        await family.ComesToAsync(status => status.State == SigningState.Signed, Cancellation);
        Assert.Equal("True", (await session.RunAsync("Get-ManagedZone | Test-DsRecord -Quiet", Cancellation)).Trim());
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>The DS that BIND makes of the key that we show.</summary>
    private static async Task<string> FromKeyAsync(Family family, string digest)
    {
        var folder = Directory.CreateTempSubdirectory("managed-dns-ds-").FullName;
        try
        {
            var file = Path.Combine(folder, "key");
            await File.WriteAllTextAsync(
                file, $"child.example. 1 IN DNSKEY {Assert.Single(await family.AskAsync(RecordType.DNSKEY, Cancellation))}\n", Cancellation);
            var made = await PeerProcess.RunAsync(
                InstalledPeers.RequireProgram("dnssec-dsfromkey"), folder, Cancellation, "-a", digest, "-f", file, "child.example");
            return made.Trim();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
