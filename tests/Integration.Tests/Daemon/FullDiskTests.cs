using ManagedDns.Dns.Client;
using ManagedDns.Integration.Tests.PowerShell;
using ManagedDns.Integration.Tests.Service;
using ManagedDns.Integration.Tests.Transfers;

namespace ManagedDns.Integration.Tests.Daemon;

/// <summary>A disk without room under a server that runs or starts: it answers on with what it has, and goes on by itself once there is room.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private const int Megabytes = 12;

    private ServiceUnderTest _primary = null!;
    private ServiceUnderTest _secondary = null!;
    private string _file = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _primary = await ServiceUnderTest.StartAsync(Cancellation);
        _secondary = await ServiceUnderTest.StartAsync(Cancellation);
        _file = Path.Combine(_primary.Store.Folder, "sample.zone");
        await File.WriteAllTextAsync(_file, SampleZone.Text(1), Cancellation);
        _primary.Own(SampleZone.Name, _file, _secondary.EndPoint, TestKeys.Default);
        await _primary.ServesAsync(SampleZone.Name, 1, () => "", Cancellation);
        var followed = _secondary.Follow(SampleZone.Name, _primary.EndPoint, TestKeys.Default);
        await ServesAsync(1);
        await _secondary.KeepsAsync(followed, 1, Cancellation);
        await _secondary.KillAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _secondary.DisposeAsync();
        await _primary.DisposeAsync();
    }

    [Fact]
    public async Task On_a_full_disk_a_new_version_is_served_from_memory_and_kept_once_there_is_room()
    {
        using var disk = await SmallDisk.MakeAsync(_secondary.Store.Folder, Megabytes, Cancellation);
        var server = _secondary.Foreground(disk.Within);
        await ServesAsync(1);

        await disk.FillAsync(Cancellation);
        await ChangeAsync(2);
        await ServesAsync(2);

        // Others are given what a crash cannot take back.
        Assert.Equal(1u, await GivenAsync());

        await disk.MakeRoomAsync(Cancellation);
        await Eventually.TrueAsync(async _ => await GivenAsync() == 2, () => "The version was not kept.", Cancellation);
        await DaemonUnderTest.SignalAsync(server.Id, "KILL", Cancellation);
        await server.WaitForExitAsync(Cancellation);
        _secondary.Foreground(disk.Within);
        await ServesAsync(2);
    }

    [Fact]
    public async Task A_server_that_starts_on_a_full_disk_serves_what_is_kept_and_what_has_come_since()
    {
        using var disk = await SmallDisk.MakeAsync(_secondary.Store.Folder, Megabytes, Cancellation);
        await disk.FillAsync(Cancellation);

        // SQLite makes a file of 32 KiB for each database that was closed, which a kill may have come just after.
        await disk.LeaveAsync(128, Cancellation);
        _secondary.Foreground(disk.Within);
        await ServesAsync(1);
        await ChangeAsync(2);
        await ServesAsync(2);
        await disk.MakeRoomAsync(Cancellation);
        await Eventually.TrueAsync(async _ => await GivenAsync() == 2, () => "The version was not kept.", Cancellation);
    }

    [Fact]
    public async Task The_server_is_seen_to_have_a_full_disk_until_there_is_room_as_the_remedy_says()
    {
        using var disk = await SmallDisk.MakeAsync(_secondary.Store.Folder, Megabytes, Cancellation);
        _secondary.Foreground(disk.Within);
        await ServesAsync(1);

        // That it runs could not be written any more.
        Assert.StartsWith("Running None ", await SeenAsync(disk, "Running None"), StringComparison.Ordinal);
        await disk.FillAsync(Cancellation);
        await ChangeAsync(2);
        await ServesAsync(2);
        var told = await SeenAsync(disk, "Running StoreFull");
        Assert.StartsWith("Running StoreFull ", told, StringComparison.Ordinal);
        Assert.Contains("Make room on the disk", told, StringComparison.Ordinal);

        await disk.MakeRoomAsync(Cancellation);
        Assert.StartsWith("Running None ", await SeenAsync(disk, "Running None"), StringComparison.Ordinal);
        await Eventually.TrueAsync(async _ => await GivenAsync() == 2, () => "The version was not kept.", Cancellation);
    }

    /// <summary>What Get-SecondaryServer shows once it shows a state and reason, or at last: State, Reason and Remedy.</summary>
    private async Task<string> SeenAsync(SmallDisk disk, string state)
    {
        var script = "for ($i = 0; $i -lt 300; $i++) { $seen = Get-SecondaryServer; if (\"$($seen.State) $($seen.Reason)\" -eq '" + state + "') { break }; "
            + "[Threading.Thread]::Sleep(200) }; \"$($seen.State) $($seen.Reason) $($seen.Remedy)\"";
        return await new PowerShellSession(_secondary.Store.Folder).RunAsync(script, Cancellation, disk.Within);
    }

    private Task ServesAsync(uint serial) => _secondary.ServesAsync(SampleZone.Name, serial, () => _primary.Log, Cancellation);

    /// <summary>Longer than what is left in the log of a database from earlier.</summary>
    private Task ChangeAsync(uint serial) => File.WriteAllTextAsync(
        _file, SampleZone.Text(serial) + string.Join('\n', Enumerable.Range(0, 20_000).Select(host => $"host{host} A 192.0.2.1")) + "\n", Cancellation);

    private async Task<uint?> GivenAsync() =>
        (await ServiceUnderTest.TransferAsync(new Remote(_secondary.EndPoint), SampleZone.Name, new ZoneCollector(), Cancellation)).Serial;
}
