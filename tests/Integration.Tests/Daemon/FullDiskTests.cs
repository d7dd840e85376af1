using ManagedDns.Integration.Tests.Service;
using ManagedDns.Integration.Tests.Transfers;
using ManagedDns.Store;

namespace ManagedDns.Integration.Tests.Daemon;

/// <summary>A disk without room under a server that runs: it answers on, says why it cannot keep what it serves, and goes on by itself.</summary>
public sealed class FullDiskTests
{
    private const int Megabytes = 12;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task On_a_full_disk_a_new_version_is_served_from_memory_and_kept_once_there_is_room()
    {
        using var disk = await SmallDisk.MakeAsync(Megabytes, Cancellation);
        await using var primary = await ServiceUnderTest.StartAsync(Cancellation);
        await using var secondary = await ServiceUnderTest.StartAsync(Cancellation, disk.Folder);
        var file = await PublishAsync(primary, secondary, 1);
        var followed = secondary.Follow(SampleZone.Name, primary.EndPoint, TestKeys.Default);
        await secondary.ServesAsync(SampleZone.Name, 1, () => primary.Log, Cancellation);
        await secondary.KeepsAsync(followed, 1, Cancellation);

        disk.Fill();
        await File.WriteAllTextAsync(file, Large(2), Cancellation);
        await secondary.ServesAsync(SampleZone.Name, 2, () => primary.Log, Cancellation);
        Assert.Throws<StoreException>(() => secondary.Store.CommonSettings.Add("refused"));

        disk.MakeRoom();
        await secondary.KeepsAsync(followed, 2, Cancellation);
        await secondary.KillAsync(Cancellation);
        await secondary.ServeAsync(Cancellation);
        await secondary.ServesAsync(SampleZone.Name, 2, () => primary.Log, Cancellation);
        Assert.Null(secondary.Store.CommonSettings.Find("refused"));
    }

    private static async Task<string> PublishAsync(ServiceUnderTest primary, ServiceUnderTest secondary, uint serial)
    {
        var file = Path.Combine(primary.Store.Folder, "sample.zone");
        await File.WriteAllTextAsync(file, SampleZone.Text(serial), Cancellation);
        primary.Own(SampleZone.Name, file, secondary.EndPoint, TestKeys.Default);
        await primary.ServesAsync(SampleZone.Name, serial, () => "", Cancellation);
        return file;
    }

    /// <summary>More than what is left in the log of a database from earlier.</summary>
    private static string Large(uint serial) =>
        SampleZone.Text(serial) + string.Join('\n', Enumerable.Range(0, 20_000).Select(host => $"host{host} A 192.0.2.1")) + "\n";
}
