using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ManagedDns.Model;
using ManagedDns.Store;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Integration.Tests.Daemon;

/// <summary>Starts that must fail: each with its reason and remedy, and nothing left behind.</summary>
public sealed class DaemonStartFailureTests : IAsyncDisposable
{
    private readonly DaemonUnderTest _daemon = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _daemon.DisposeAsync();

    [Fact]
    public async Task A_port_in_use_is_named_with_the_way_out()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var endPoint = (IPEndPoint)other.LocalEndPoint!;
        _daemon.Store.Server.Update(server => server with { Port = endPoint.Port });

        var report = await FailsAsync("PortInUse");
        Assert.Contains(endPoint.ToString(), report.Message, StringComparison.Ordinal);
        Assert.Equal(ServerState.Failed, _daemon.Store.Status.Server()!.State);
        Assert.Equal(report.Message, _daemon.Store.Status.Server()!.Failure!.Message);
    }

    [Fact]
    public async Task An_address_that_is_not_this_machines_is_named()
    {
        _daemon.Store.Server.Update(server => server with { ListenAddresses = [IPAddress.Parse("192.0.2.77")] });
        Assert.Contains("192.0.2.77", (await FailsAsync("AddressNotLocal")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_server_on_a_store_fails_with_the_first_ones_process_id_and_leaves_it_alone()
    {
        var first = await _daemon.ServeAsync(Cancellation);
        var second = await _daemon.DetachAsync(Cancellation);
        Assert.Equal((1, "Failed", "StoreLocked"), (second.ExitCode, second.State, second.Reason));
        Assert.Contains(first.ProcessId!.Value.ToString(CultureInfo.InvariantCulture), second.Message, StringComparison.Ordinal);
        Assert.True(DaemonUnderTest.IsAlive(first.ProcessId!.Value));
        Assert.Equal((ServerState.Running, first.ProcessId), (_daemon.Store.Status.Server()!.State, _daemon.Store.Status.Server()!.ProcessId));
        Assert.Equal(first.ProcessId, ServerLock.Holder(_daemon.StorePath));
    }

    [Theory]
    [InlineData("NewerVersion", 99 << 24, "99")]
    [InlineData("OtherSchema", 1, "0.000001")]
    public async Task A_store_of_a_schema_that_is_not_known_is_refused(string reason, int header, string told)
    {
        using (var connection = new SqliteConnection($"Data Source={StoreFolder.SettingsFile(_daemon.StorePath)};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA user_version = {header}";
            command.ExecuteNonQuery();
        }

        Assert.Contains(told, (await FailsAsync(reason)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sealed_secrets_without_their_key_are_said_to_lack_it()
    {
        _daemon.Store.TsigKeys.Add(new(Dns.DomainName.Parse("key.example"), Dns.Tsig.TsigAlgorithm.HmacSha256, new byte[32]));
        File.Delete(StoreFolder.KeyFile(_daemon.StorePath));
        await FailsAsync("KeyMissing");
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_NoAccess()
    {
        var file = Path.Combine(_daemon.StorePath, "a file");
        await File.WriteAllTextAsync(file, "", Cancellation);
        var ended = await DaemonUnderTest.RunAsync(DaemonUnderTest.Program, ["--store", Path.Combine(file, "store"), "--detach"], Cancellation);
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("\"NoAccess\"", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_the_foreground_a_failure_is_one_sentence_with_its_remedy()
    {
        await _daemon.ServeAsync(Cancellation);
        var ended = await DaemonUnderTest.RunAsync(DaemonUnderTest.Program, ["--store", _daemon.StorePath], Cancellation);
        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Contains("Stop-SecondaryServer", Assert.Single(ended.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_53_without_the_privilege_is_NotPermitted()
    {
        Assert.SkipUnless(
            int.Parse(await File.ReadAllTextAsync("/proc/sys/net/ipv4/ip_unprivileged_port_start", Cancellation), CultureInfo.InvariantCulture) > 53,
            "Here everybody may listen on port 53.");
        _daemon.Store.Server.Update(server => server with { Port = 53 });
        if (Environment.IsPrivilegedProcess)
        {
            // Root without the capability is what a container often gives; the store stays root's own.
            string[] without = ["--bounding-set", "-net_bind_service", "--inh-caps", "-net_bind_service"];
            var ended = await DaemonUnderTest.RunAsync(
                "setpriv", [.. without, DaemonUnderTest.Program, "--store", _daemon.StorePath, "--detach"], Cancellation);
            Assert.Contains("\"NotPermitted\"", ended.Output, StringComparison.Ordinal);
            Assert.Contains("CAP_NET_BIND_SERVICE", ended.Output, StringComparison.Ordinal);
            Assert.Equal(1, ended.ExitCode);
        }
        else
        {
            await FailsAsync("NotPermitted");
        }
    }

    [Theory]
    [InlineData("--bogus")]
    [InlineData("--store")]
    [InlineData("--detach", "--foreground")]
    public async Task A_wrong_command_line_is_said_to_be_one(params string[] arguments)
    {
        var ended = await DaemonUnderTest.RunAsync(DaemonUnderTest.Program, arguments, Cancellation);
        Assert.Equal((2, ""), (ended.ExitCode, ended.Output));
        Assert.Contains(arguments[^1], ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_and_version_are_printed_and_nothing_is_started()
    {
        var help = await DaemonUnderTest.RunAsync(DaemonUnderTest.Program, ["--help"], Cancellation);
        Assert.Equal((0, true), (help.ExitCode, help.Output.Contains("--detach", StringComparison.Ordinal)));
        var version = await DaemonUnderTest.RunAsync(DaemonUnderTest.Program, ["--version"], Cancellation);
        Assert.Matches(@"^managed-dnsd \d+\.\d+\.\d+\s*$", version.Output);
    }

    private async Task<DaemonUnderTest.Detached> FailsAsync(string reason)
    {
        var report = await _daemon.DetachAsync(Cancellation);
        Assert.Equal((1, "Failed", reason), (report.ExitCode, report.State, report.Reason));
        Assert.NotEmpty(report.Message!);
        Assert.NotEmpty(report.Remedy!);
        Assert.Null(ServerLock.Holder(_daemon.StorePath));
        Assert.False(File.Exists(Path.Combine(_daemon.StorePath, "managed-dnsd.pid")));
        return report;
    }
}
