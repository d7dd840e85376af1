using ManagedDns.Integration.Tests.Asking;
using ManagedDns.Integration.Tests.Peers;
using ManagedDns.Integration.Tests.Transfers;

namespace ManagedDns.Integration.Tests.PowerShell;

/// <summary>
/// The way from nothing to a served zone by cmdlets alone, with a real primary that is told nothing but what Get-PrimaryConfigurationExample prints.
/// </summary>
public sealed class SeedProcedureTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("managed-dns-seed-").FullName;
    private readonly PowerShellSession _session;

    public SeedProcedureTests() => _session = new PowerShellSession(Path.Combine(_folder, "store"));

    public static TheoryData<PeerKind, string> Primaries => new(
        (PeerKind.Bind, "Bind9"), (PeerKind.Nsd, "Nsd"), (PeerKind.Knot, "Knot"), (PeerKind.PowerDns, "PowerDns"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Primaries))]
    public async Task A_zone_is_served_and_followed_after_the_printed_lines_were_pasted_on_the_primary(PeerKind kind, string software)
    {
        InstalledPeers.Require(kind);
        var (primaryAt, secondaryAt) = (LoopbackPort.Free(), LoopbackPort.Free());
        var example = await _session.RunAsync($"""
            $null = New-TsigKey transfer.example
            $null = New-PrimaryNameServer home -Address 127.0.0.1 -Port {primaryAt.Port} -TsigKey transfer.example
            $null = New-ManagedZone {SampleZone.Name}
            Set-SecondaryServer -ListenAddress 127.0.0.1 -Port {secondaryAt.Port}
            Get-PrimaryConfigurationExample -Zone {SampleZone.Name} -For {software}
            """, Cancellation);
        Assert.Contains("PortClosed", await _session.RunAsync($"(Test-ZoneTransfer {SampleZone.Name}).Reason", Cancellation), StringComparison.Ordinal);

        await using var primary = await Peer.StartAsync(
            kind, new PeerSetup(new PeerZone(SampleZone.Name, SampleZone.Text(1)) { IsPasted = true }) { ListenOn = primaryAt, Pasted = example }, Cancellation);
        await _session.RunAsync($"""
            (Test-ZoneTransfer {SampleZone.Name} -Quiet) -or $(throw (Test-ZoneTransfer {SampleZone.Name}).Message)
            Enable-PrimaryNameServer home
            Enable-ZoneProxy {SampleZone.Name}
            Start-SecondaryServer
            $null = Wait-ZoneSerial {SampleZone.Name} 1 -Timeout 120
            """, Cancellation);
        Assert.Equal(1u, await Exchange.SerialAsync(secondaryAt, SampleZone.Name, Cancellation));
        Assert.Contains("True", await _session.RunAsync($"Test-ZoneProxy {SampleZone.Name} -Quiet", Cancellation), StringComparison.Ordinal);

        await primary.ChangeAsync(SampleZone.Name, SampleZone.Text(2), Cancellation);
        await _session.RunAsync($"$null = Wait-ZoneSerial {SampleZone.Name} 2 -Timeout 120", Cancellation);
        Assert.Equal(2u, await Exchange.SerialAsync(secondaryAt, SampleZone.Name, Cancellation));
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _session.RunAsync("if ((Get-SecondaryServer).State -eq 'Running') { Stop-SecondaryServer }", CancellationToken.None);
        Directory.Delete(_folder, recursive: true);
    }
}
