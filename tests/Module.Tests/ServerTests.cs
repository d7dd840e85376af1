using System.Diagnostics;
using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using ManagedDns.ModuleTests.Kit;
using ManagedDns.TestKit;

namespace ManagedDns.ModuleTests;

/// <summary>The server's process, started and stopped by the cmdlets.</summary>
public sealed class ServerTests : IDisposable
{
    private readonly ModuleSession _session = new();

    [Fact]
    public void What_a_primary_must_permit_is_where_transfers_come_from_and_not_where_we_listen()
    {
        _session.Run("Set-SecondaryServer -ListenAddress 127.0.0.2 -Port 5300; $null = New-TsigKey k; $null = New-ManagedZone a.example");
        Assert.Equal(["127.0.0.2"], _session.One("Get-SecondaryServer").List("PermitAddress"));

        _session.Run("$null = New-PrimaryNameServer home 127.0.0.1 -Port 9 -TsigKey k");
        Assert.Equal(["127.0.0.1"], _session.One("Get-SecondaryServer").List("PermitAddress"));
        var nsd = _session.One("Get-PrimaryConfigurationExample a.example -For Nsd").ToString();
        Assert.Contains("provide-xfr: 127.0.0.1 k", nsd, StringComparison.Ordinal);
        Assert.Contains("notify: 127.0.0.2@5300 k", nsd, StringComparison.Ordinal);

        _session.Run("Set-SecondaryServer -TransferSource 127.0.0.3");
        Assert.Equal(["127.0.0.3"], _session.One("Get-SecondaryServer").List("PermitAddress"));
    }

    [Fact]
    public async Task A_started_server_answers_and_a_stopped_one_is_gone()
    {
        MakeZone();
        _session.Run($"Set-SecondaryServer -Port {LoopbackPort.Free().Port}");

        var started = _session.One("Start-SecondaryServer -PassThru");

        Assert.Equal("Running", started.Text("State"));
        Assert.Equal(Assert.Single(started.List("EndPoints")), Assert.Single(started.List("NotifyAddress")));
        Assert.Equal(["127.0.0.1"], started.List("PermitAddress"));
        var answer = _session.One("Resolve-ManagedZoneRecord ns.a.example");
        Assert.Equal("NoError", answer.Text("ResponseCode"));
        Assert.EndsWith("192.0.2.1", Assert.Single(answer.List("Answer")), StringComparison.Ordinal);
        Assert.Equal("Tcp", _session.One("Resolve-ManagedZoneRecord ns.a.example -Tcp").Text("Transport"));
        Assert.Equal(true, _session.One("Test-ZoneProxy a.example -Quiet").BaseObject);

        Assert.Equal("Stopped", _session.One("Stop-SecondaryServer -PassThru").Text("State"));
        Assert.Empty(_session.Warnings);
        await LoopbackPort.FreedAsync(IPEndPoint.Parse(started.List("EndPoints")[0]), TestContext.Current.CancellationToken);
        Assert.Equal("NotRunning", _session.Error("Resolve-ManagedZoneRecord ns.a.example").FullyQualifiedErrorId.Split(',')[0]);
    }

    [Fact]
    public void Starting_one_that_runs_and_stopping_one_that_does_not_are_warnings()
    {
        MakeZone();
        var process = _session.One("Start-SecondaryServer -PassThru").Get("ProcessId");

        Assert.Equal(process, _session.One("Start-SecondaryServer -PassThru").Get("ProcessId"));
        Assert.Contains("runs already", Assert.Single(_session.Warnings), StringComparison.Ordinal);
        _session.Run("Stop-SecondaryServer; Stop-SecondaryServer");
        Assert.Empty(_session.Errors);
        Assert.Contains("No server runs", Assert.Single(_session.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_restarted_server_is_another_process_and_answers()
    {
        MakeZone();
        var before = _session.One("Start-SecondaryServer -PassThru").Get("ProcessId");

        var after = _session.One("Restart-SecondaryServer -PassThru");

        Assert.NotEqual(before, after.Get("ProcessId"));
        Assert.Equal("NoError", _session.One("Resolve-ManagedZoneRecord ns.a.example").Text("ResponseCode"));
    }

    [Fact]
    public void A_killed_server_is_seen_as_stopped_and_starts_again()
    {
        MakeZone();
        using (var process = Process.GetProcessById((int)_session.One("Start-SecondaryServer -PassThru").Get("ProcessId")!))
        {
            process.Kill();
        }

        // Its end is a matter of milliseconds, but not of this call.
        Assert.True(SpinWait.SpinUntil(() => _session.One("Get-SecondaryServer").Text("State") == "Stopped", TimeSpan.FromSeconds(120)));
        Assert.Equal("Running", _session.One("Start-SecondaryServer -PassThru").Text("State"));
        Assert.Empty(_session.Warnings);
    }

    [Fact]
    public void Damaged_contents_are_told_of_until_the_file_is_removed_as_the_remedy_says()
    {
        MakeZone();
        _session.Run("Start-SecondaryServer; Stop-SecondaryServer");
        var contents = Path.Combine(_session.Store, "contents.db");
        File.WriteAllText(contents, string.Concat(Enumerable.Repeat("rubbish ", 1000)));

        _session.Run("Start-SecondaryServer");
        Assert.True(ShowsReason("ContentsDamaged"));
        var told = _session.One("Get-SecondaryServer");
        Assert.Equal("Running", told.Text("State"));
        Assert.Contains($"was set aside as '{contents}.damaged'", told.Text("Message"), StringComparison.Ordinal);
        Assert.Equal($"Check the disk; then remove '{contents}.damaged'.", told.Text("Remedy"));
        Assert.Equal("NoError", _session.One("Resolve-ManagedZoneRecord ns.a.example").Text("ResponseCode"));

        _session.Run("Restart-SecondaryServer");
        Assert.True(ShowsReason("ContentsDamaged"));
        File.Delete(contents + ".damaged");
        Assert.True(ShowsReason("None"));
        Assert.Equal("NoError", _session.One("Resolve-ManagedZoneRecord ns.a.example").Text("ResponseCode"));
    }

    [Fact]
    public void A_port_in_use_is_an_error_with_a_remedy_and_leaves_no_process()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        _session.Run("Set-SecondaryServer -ListenAddress 127.0.0.1 -Port $args[0]", ((IPEndPoint)other.LocalEndPoint!).Port);

        var error = _session.Error("Start-SecondaryServer");

        Assert.Equal("PortInUse,ManagedDns.Commands.StartSecondaryServerCommand", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.ResourceBusy, error.CategoryInfo.Category);
        Assert.Contains("Set-SecondaryServer", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.NotEqual("Running", _session.One("Get-SecondaryServer").Text("State"));
        Assert.Null(_session.One("Get-SecondaryServer").Get("ProcessId"));
    }

    [Fact]
    public void A_running_server_moves_to_another_port_and_says_when_it_cannot_move()
    {
        MakeZone();
        var before = Assert.Single(_session.One("Start-SecondaryServer -PassThru").List("EndPoints"));
        var free = LoopbackPort.Free().Port;

        var moved = _session.One("Set-SecondaryServer -Port $args[0] -PassThru", free);

        Assert.NotEqual(before, Assert.Single(moved.List("EndPoints")));
        Assert.Equal([$"127.0.0.1:{free}"], moved.List("EndPoints"));
        Assert.Equal("NoError", _session.One("Resolve-ManagedZoneRecord ns.a.example").Text("ResponseCode"));
        _session.Run("Set-SecondaryServer -ListenAddress 192.0.2.77");
        Assert.Contains("192.0.2.77 is no address of this machine", Assert.Single(_session.Warnings), StringComparison.Ordinal);
        Assert.Equal("NoError", _session.One("Resolve-ManagedZoneRecord ns.a.example").Text("ResponseCode"));
    }

    [Fact]
    public void Changes_reach_the_running_server()
    {
        MakeZone();
        _session.Run("Start-SecondaryServer");
        var file = ZoneFile("b.zone", 5, "192.0.2.2");

        _session.Run("$null = New-ManagedZone b.example -ZoneFile $args[0]; Wait-ZoneSerial b.example 5 -Timeout 120", file);
        Assert.Empty(_session.Errors);
        ZoneFile("b.zone", 6, "192.0.2.3");
        var reloaded = _session.One("Start-ZoneTransfer b.example -Wait -Timeout 120; Wait-ZoneSerial b.example 6 -Timeout 120");

        Assert.Equal(6u, reloaded.Get("PublishedSerial"));
        Assert.EndsWith("192.0.2.3", Assert.Single(_session.One("Resolve-ManagedZoneRecord ns.b.example").List("Answer")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_transfer_that_is_waited_for_fails_with_the_reason_that_the_server_met()
    {
        MakeZone();
        _session.Run("""
            $null = New-PrimaryNameServer gone 127.0.0.1 -Port 1
            Set-PrimaryNameServer gone -Enabled $true
            $null = New-ManagedZone t.example
            Start-SecondaryServer
            Enable-ZoneProxy t.example -WarningAction SilentlyContinue
            """);

        var error = _session.Error("Start-ZoneTransfer t.example -Wait -Timeout 120");

        Assert.Equal("PortClosed,ManagedDns.Commands.StartZoneTransferCommand", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.ConnectionError, error.CategoryInfo.Category);
        Assert.Equal("PortClosed", _session.One("Get-ZoneProxy t.example").Text("Reason"));
    }

    public void Dispose()
    {
        _session.Run("if ((Get-SecondaryServer).ProcessId) { Stop-SecondaryServer }");
        _session.Dispose();
    }

    /// <summary>Whether the server comes to show a reason: it looks at what it keeps every few seconds.</summary>
    private bool ShowsReason(string reason) =>
        SpinWait.SpinUntil(() => _session.One("Get-SecondaryServer").Text("Reason") == reason, TimeSpan.FromSeconds(30));

    private void MakeZone()
    {
        _session.Run(
            "$null = New-ManagedZone a.example -ZoneFile $args[0]; Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0",
            ZoneFile("a.zone", 1, "192.0.2.1"));
        Assert.Empty(_session.Errors);
    }

    private string ZoneFile(string name, int serial, string address)
    {
        var path = Path.Combine(_session.Folder, name);
        File.WriteAllText(path, $"@ 60 IN SOA ns h {serial} 3600 600 86400 60\n@ 60 IN NS ns\nns 60 IN A {address}\n");
        return path;
    }
}
