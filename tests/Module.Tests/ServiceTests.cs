using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>The server under systemd: what its unit says, and what it tells the service manager.</summary>
public sealed class ServiceTests : IDisposable
{
    private readonly ModuleSession _session = new();

    [Fact]
    public async Task The_unit_is_one_that_systemd_takes()
    {
        var unit = Path.Combine(_session.Folder, "managed-dnsd.service");

        _session.One("Register-SecondaryServer -OutFile $args[0] -User root", unit);

        var text = await File.ReadAllTextAsync(unit, TestContext.Current.CancellationToken);
        Assert.Contains("Type=notify", text, StringComparison.Ordinal);
        Assert.Contains("AmbientCapabilities=CAP_NET_BIND_SERVICE", text, StringComparison.Ordinal);
        Assert.Contains($"ReadWritePaths=\"{_session.Store}\"", text, StringComparison.Ordinal);
        var verdict = await Tool.RunAsync(_session.Folder, "systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit);
        Assert.DoesNotContain("Unknown", verdict, StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_that_a_service_cannot_see_is_told_before_it_is_registered()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only systemd gives a service a /tmp of its own.");
        var unit = Path.Combine(_session.Folder, "unit");

        _session.One("Register-SecondaryServer -OutFile $args[0] -StorePath /tmp/nowhere/store", unit);
        Assert.Contains("cannot see '/tmp/nowhere/store': it has a /tmp of its own", Assert.Single(_session.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void The_script_for_Windows_makes_a_service_with_an_account_of_its_own_that_is_started_again()
    {
        var script = Path.Combine(_session.Folder, "register.ps1");
        var store = Path.Combine(_session.Folder, "John's & 100% mine (x86)");
        _session.Run("$PSDefaultParameterValues['*:StorePath'] = $args[0]", store + Path.DirectorySeparatorChar);

        _session.One("Register-SecondaryServer -OutFile $args[0] -For Windows -ServiceName dns-2", script);

        var lines = _session.Run(
            "function sc.exe { \"sc $($args -join '|')\" }; function icacls.exe { \"icacls $($args -join '|')\" }; "
            + "function reg.exe { \"reg $($args -join '|')\" }; & $args[0]",
            script);
        Assert.Empty(_session.Errors);
        var daemon = Path.Combine(Checkout.Root, "out", "daemon", "managed-dnsd");
        Assert.Equal(
            [
                $"sc create|dns-2|binPath=|\"{daemon}\" --store \"{store}\" --foreground|start=|auto|depend=|Tcpip|obj=|NT SERVICE\\dns-2|"
                + "DisplayName=|ManagedDns secondary name server",
                "sc description|dns-2|Transfers zones from their primary name servers and answers for them.",
                "sc failure|dns-2|reset=|86400|actions=|restart/2000/restart/2000/restart/60000",
                "sc failureflag|dns-2|1",
                $"icacls {store}|/grant|NT SERVICE\\dns-2:(OI)(CI)F|/T|/Q",
                @"reg add|HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\managed-dnsd|/v|EventMessageFile|/t|REG_SZ|/d|"
                + $@"{Path.GetDirectoryName(daemon)}\System.Diagnostics.EventLog.Messages.dll|/f",
                "sc start|dns-2",
            ],
            lines.Select(line => line.ToString()));
    }

    [Fact]
    public async Task The_server_tells_when_it_is_ready_alive_and_stopping()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has sd_notify.");
        var path = Path.Combine(_session.Folder, "notify");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        _session.Run("Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0");
        Assert.Empty(_session.Errors);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(TimeSpan.FromMinutes(4));
        using var server = Process.Start(new ProcessStartInfo(
            Path.Combine(Checkout.Root, "out", "daemon", "managed-dnsd"), ["--store", _session.Store, "--foreground"])
        {
            Environment = { ["NOTIFY_SOCKET"] = path },
            RedirectStandardOutput = true,
        })!;
        var log = server.StandardOutput.ReadToEndAsync(bound.Token);

        var told = new StringBuilder();
        var buffer = new byte[4096];
        while (!told.ToString().Contains("READY=1", StringComparison.Ordinal) || told.ToString().Split("WATCHDOG=1").Length < 3)
        {
            told.AppendLine(Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, bound.Token)));
        }

        _session.Run("Stop-SecondaryServer");
        while (!told.ToString().Contains("STOPPING=1", StringComparison.Ordinal))
        {
            told.AppendLine(Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, bound.Token)));
        }

        await server.WaitForExitAsync(bound.Token);
        Assert.Equal(0, server.ExitCode);
        Assert.NotEmpty(await log);
    }

    public void Dispose() => _session.Dispose();
}
