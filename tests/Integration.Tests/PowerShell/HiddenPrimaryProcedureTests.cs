using ManagedDns.Integration.Tests.Asking;
using ManagedDns.Integration.Tests.Parents;
using ManagedDns.Integration.Tests.Peers;

namespace ManagedDns.Integration.Tests.PowerShell;

/// <summary>
/// A subdomain of one's own from its hidden primary, BIND, to a signed zone and back, by cmdlets alone: the parent is Knot's, takes the DS by
/// updates, and the way to it leads from a root of our own.
/// </summary>
public sealed class HiddenPrimaryProcedureTests : IAsyncLifetime
{
    private const string Zone = "child.example";

    private readonly string _folder = Directory.CreateTempSubdirectory("managed-dns-hidden-").FullName;
    private readonly PowerShellSession _session;

    public HiddenPrimaryProcedureTests() => _session = new PowerShellSession(Path.Combine(_folder, "store"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_subdomain_is_signed_rolled_followed_and_unsigned_by_cmdlets_with_BIND_as_its_hidden_primary()
    {
        InstalledPeers.Require(PeerKind.Bind);
        await using var family = await Family.StartParentsAsync(PeerKind.Knot, Cancellation);
        var primaryAt = LoopbackPort.Free();
        var example = await _session.RunAsync($"""
            $null = New-TsigKey transfer.example
            $secret = [Net.NetworkCredential]::new('', '{Convert.ToBase64String(Family.UpdateKey.Secret.Span)}').SecurePassword
            $null = New-TsigKey {Family.UpdateKey.Name.ToDisplayString()} -Secret $secret
            $null = New-ManagedNameServer ns1.{Zone} {family.Own.Address}
            $null = New-PrimaryNameServer hidden -Address 127.0.0.1 -Port {primaryAt.Port} -TsigKey transfer.example
            $null = New-ManagedZone {Zone} -HiddenPrimary
            Set-SecondaryServer -ListenAddress {family.Own.Address} -Port {family.Own.Port} -RootHint {family.Root} -LookupPort {family.Own.Port}
            $null = Add-ZoneTransferAcl 127.0.0.0/8
            Set-SigningPolicy Default -KeyTtl 0:0:1 -PropagationDelay 0:0:0
            Get-PrimaryConfigurationExample -Zone {Zone} -For Bind9
            """, Cancellation);
        var zone = new PeerZone(Family.Child, Text(1)) { IsPasted = true };
        await using var primary = await Peer.StartAsync(PeerKind.Bind, new PeerSetup(zone) { ListenOn = primaryAt, Pasted = example }, Cancellation);

        await _session.RunAsync($"""
            Enable-PrimaryNameServer hidden
            Enable-ZoneProxy {Zone}
            Start-SecondaryServer
            $null = Wait-ZoneSerial {Zone} 1 -Timeout 120
            Enable-ZoneSigning {Zone} -ParentPrimary {family.ParentAt(0)} -ParentTsigKey {Family.UpdateKey.Name.ToDisplayString()}
            {Until("Signed")}
            """, Cancellation);
        Assert.Contains("True", await _session.RunAsync($"Test-DsRecord {Zone} -Quiet", Cancellation), StringComparison.Ordinal);
        var ds = Assert.Single(await family.AskParentAsync(0, Cancellation));
        Assert.Contains(ds, await _session.RunAsync($"(Get-DsRecord {Zone}).Record", Cancellation), StringComparison.OrdinalIgnoreCase);
        await family.SeeAsync(Cancellation, isTrusted: true);

        await primary.ChangeAsync(Family.Child, Text(2), Cancellation);
        await Eventually.TrueAsync(
            async c => (await Exchange.AxfrAsync(family.Own, Family.Child, c)).Any(record => record.RdataHex == "c0000209"),
            () => primary.Log, Cancellation);
        await family.SeeAsync(Cancellation, isTrusted: true);

        await _session.RunAsync($$"""
            $old = (Get-ZoneSigningKey {{Zone}}).DnsKey
            Start-ZoneKeyRollover {{Zone}}
            for ($try = 0; $true; $try++) {
                $keys = @(Get-ZoneSigningKey {{Zone}})
                if ($keys.Count -eq 1 -and $keys[0].DnsKey -ne $old -and $keys[0].State -eq 'Active') { break }
                if ($try -gt 1200) { throw "$((Get-ZoneSigning {{Zone}}).WaitingFor)" }
                [Threading.Thread]::Sleep(100)
            }
            """, Cancellation);
        Assert.Contains("True", await _session.RunAsync($"Test-DsRecord {Zone} -Quiet", Cancellation), StringComparison.Ordinal);
        await family.SeeAsync(Cancellation, isTrusted: true);

        await _session.RunAsync($"Disable-ZoneSigning {Zone} -Confirm:$false; {Until("Unsigned")}", Cancellation);
        Assert.Empty(await family.AskParentAsync(0, Cancellation));
        await Eventually.TrueAsync(async c => !(await family.SeeAsync(c)).Keys.Any(), () => family.Log, Cancellation);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _session.RunAsync("if ((Get-SecondaryServer).State -eq 'Running') { Stop-SecondaryServer }", CancellationToken.None);
        Directory.Delete(_folder, recursive: true);
    }

    private static string Until(string state) => $$"""
        for ($try = 0; (Get-ZoneSigning {{Zone}}).State -ne '{{state}}'; $try++) {
            if ($try -gt 1200) { throw "$(Get-ZoneSigning {{Zone}} | ForEach-Object { $_.State, $_.WaitingFor, $_.Message })" }
            [Threading.Thread]::Sleep(100)
        }
        """;

    private static string Text(int serial) => $"""
        $TTL 1
        @ SOA ns1 h {serial} 3600 600 86400 1
        @ NS ns1
        ns1 A 127.0.0.5
        www A 192.0.2.{7 + serial}

        """;
}
