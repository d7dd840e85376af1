using System.Globalization;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Integration.Tests.Asking;
using ManagedDns.Model;
using ManagedDns.Store;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Integration.Tests.Daemon;

/// <summary>The server as a process: started, hung up on, told, killed and started again.</summary>
public sealed class DaemonLifeTests : IAsyncDisposable
{
    private readonly DaemonUnderTest _daemon = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _daemon.DisposeAsync();

    [Fact]
    public async Task A_detached_server_runs_in_a_session_of_its_own_without_a_terminal()
    {
        var server = await _daemon.ServeAsync(Cancellation);
        var pid = server.ProcessId!.Value;
        Assert.True(DaemonUnderTest.IsAlive(pid));
        Assert.Equal(pid, ServerLock.Holder(_daemon.StorePath));

        // proc_pid_stat(5): pid (comm) state ppid pgrp session tty_nr …
        var stat = (await File.ReadAllTextAsync($"/proc/{pid}/stat", Cancellation)).Split(") ")[1].Split(' ');
        Assert.Equal((pid, 0), (int.Parse(stat[3], CultureInfo.InvariantCulture), int.Parse(stat[4], CultureInfo.InvariantCulture)));
        Assert.All(Enumerable.Range(0, 3), descriptor => Assert.Equal("/dev/null", File.ResolveLinkTarget($"/proc/{pid}/fd/{descriptor}", false)!.FullName));
    }

    [Fact]
    public async Task A_hang_up_of_the_terminal_does_not_end_a_detached_server()
    {
        var server = await _daemon.ServeAsync(Cancellation);
        await DaemonUnderTest.SignalAsync(server.ProcessId!.Value, "HUP", Cancellation);
        _daemon.Store.NameServers.Add(DomainName.Parse("ns1.example"), []);
        await _daemon.AppliedAsync(Cancellation);
        Assert.Equal(ResponseCode.Refused, (await AskAsync(server, "example.org"))!.ResponseCode);
    }

    [Fact]
    public async Task SIGTERM_stops_it_cleanly()
    {
        var server = await _daemon.ServeAsync(Cancellation);
        await DaemonUnderTest.SignalAsync(server.ProcessId!.Value, "TERM", Cancellation);
        await StoppedAsync(server);
    }

    [Fact]
    public async Task A_request_in_the_store_stops_it_cleanly()
    {
        var server = await _daemon.ServeAsync(Cancellation);
        var request = _daemon.Store.Requests.Add(RequestKind.StopServer);
        await StoppedAsync(server);
        Assert.False(_daemon.Store.Requests.IsPending(request.Id));
    }

    [Fact]
    public async Task A_request_to_stop_is_obeyed_though_the_settings_cannot_be_read()
    {
        var server = await _daemon.ServeAsync(Cancellation);
        _daemon.Store.TsigKeys.Add(new TsigKey(DomainName.Parse("transfer.key"), TsigAlgorithm.HmacSha256, new byte[32]));
        await _daemon.AppliedAsync(Cancellation);
        using (var connection = new SqliteConnection($"Data Source={StoreFolder.SettingsFile(_daemon.StorePath)};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE tsig_key SET secret = x'00'; UPDATE store SET generation = generation + 1";
            command.ExecuteNonQuery();
        }

        await Eventually.TrueAsync(() => _daemon.Log.Contains("store cannot be read", StringComparison.Ordinal), () => _daemon.Log, Cancellation);
        _daemon.Store.Requests.Add(RequestKind.StopServer);
        await _daemon.EndedAsync(server.ProcessId!.Value, Cancellation);
        Assert.Equal(ServerState.Stopped, _daemon.Store.Status.Server()!.State);
    }

    [Fact]
    public async Task A_request_to_stop_that_is_older_than_the_server_is_not_meant_for_it()
    {
        _daemon.Store.Requests.Add(RequestKind.StopServer);
        var server = await _daemon.ServeAsync(Cancellation);
        await Eventually.TrueAsync(() => _daemon.Store.Requests.All().Count == 0, () => _daemon.Log, Cancellation);
        _daemon.Store.NameServers.Add(DomainName.Parse("ns1.example"), []);
        await _daemon.AppliedAsync(Cancellation);
        Assert.True(DaemonUnderTest.IsAlive(server.ProcessId!.Value));
    }

    [Fact]
    public async Task In_the_foreground_it_logs_to_the_terminal_and_ends_on_SIGINT()
    {
        using var process = _daemon.Foreground();
        await Eventually.TrueAsync(() => _daemon.Store.Status.Server()?.State == ServerState.Running, () => _daemon.Log, Cancellation);
        await DaemonUnderTest.SignalAsync(process.Id, "INT", Cancellation);
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation).WaitAsync(Eventually.Bound, Cancellation);
        await process.WaitForExitAsync(Cancellation).WaitAsync(Eventually.Bound, Cancellation);
        Assert.Equal(0, process.ExitCode);
        Assert.Contains(" zones on 127.0.0.1:", output, StringComparison.Ordinal);
        Assert.Equal(ServerState.Stopped, _daemon.Store.Status.Server()!.State);
    }

    [Fact]
    public async Task Killed_it_leaves_nothing_that_keeps_the_next_one_from_starting()
    {
        var first = await _daemon.ServeAsync(Cancellation);
        await DaemonUnderTest.SignalAsync(first.ProcessId!.Value, "KILL", Cancellation);
        await _daemon.EndedAsync(first.ProcessId!.Value, Cancellation);
        Assert.Null(ServerLock.Holder(_daemon.StorePath));

        var second = await _daemon.ServeAsync(Cancellation);
        Assert.NotEqual(first.ProcessId, second.ProcessId);
        Assert.Equal((ServerState.Running, second.ProcessId), (_daemon.Store.Status.Server()!.State, _daemon.Store.Status.Server()!.ProcessId));
    }

    [Fact]
    public async Task A_zone_added_while_it_runs_is_served_and_after_a_kill_served_at_once()
    {
        var apex = DomainName.Parse("example.org");
        var file = Path.Combine(_daemon.StorePath, "example.org.zone");
        await File.WriteAllTextAsync(
            file,
            """
            $ORIGIN example.org.
            $TTL 300
            @ SOA ns1 hostmaster 7 3600 600 86400 300
            @ NS ns1
            ns1 A 192.0.2.1
            """,
            Cancellation);
        var first = await _daemon.ServeAsync(Cancellation);
        Assert.Equal(ResponseCode.Refused, (await AskAsync(first, "example.org"))!.ResponseCode);

        _daemon.Store.Zones.Add(apex, _daemon.Store.CommonSettings.GetDefault().Id, zoneFile: file);
        await _daemon.AppliedAsync(Cancellation);
        await ServedAsync(first, apex, 7);

        await DaemonUnderTest.SignalAsync(first.ProcessId!.Value, "KILL", Cancellation);
        await _daemon.EndedAsync(first.ProcessId!.Value, Cancellation);
        await ServedAsync(await _daemon.ServeAsync(Cancellation), apex, 7);
    }

    private Task ServedAsync(DaemonUnderTest.Detached server, DomainName apex, uint serial) => Eventually.TrueAsync(
        async cancellation => await Exchange.SerialAsync(server.EndPoint, apex, cancellation) == serial, () => _daemon.Log, Cancellation);

    private static Task<Reply?> AskAsync(DaemonUnderTest.Detached server, string name) =>
        Exchange.UdpAsync(server.EndPoint, new Query(DomainName.Parse(name), RecordType.SOA), Cancellation);

    private async Task StoppedAsync(DaemonUnderTest.Detached server)
    {
        await _daemon.EndedAsync(server.ProcessId!.Value, Cancellation);
        Assert.Equal(ServerState.Stopped, _daemon.Store.Status.Server()!.State);
        Assert.Null(ServerLock.Holder(_daemon.StorePath));
        Assert.EndsWith("Stopped", _daemon.Log.TrimEnd(), StringComparison.Ordinal);
        Assert.DoesNotContain(" error ", _daemon.Log, StringComparison.Ordinal);
    }
}
