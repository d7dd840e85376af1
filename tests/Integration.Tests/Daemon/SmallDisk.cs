using System.Diagnostics;
using System.Globalization;

namespace ManagedDns.Integration.Tests.Daemon;

/// <summary>
/// A file system of a few megabytes in memory over a folder, with a copy of what the folder held, in a mount namespace of its own: who is started in it sees
/// it, nobody else does, and it ends with the process that holds the namespace.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly Process _holder;
    private readonly string _folder;

    private SmallDisk(Process holder, string folder)
    {
        _holder = holder;
        _folder = folder;
    }

    /// <summary>What a program is started with to see it.</summary>
    public string[] Within => ["nsenter", "-t", _holder.Id.ToString(CultureInfo.InvariantCulture), "-m"];

    private string Ballast => Path.Combine(_folder, "ballast");

    /// <summary>Skips the test where this system or user may not make one.</summary>
    public static async Task<SmallDisk> MakeAsync(string folder, int megabytes, CancellationToken cancellation)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "A file system of one's own needs Linux and root.");

        // The working folder is still the one below the mount.
        var script = $"cd \"$0\" && mount -t tmpfs -o size={megabytes}m,mode=700 tmpfs \"$0\" && cp -a . \"$0\" && echo ready && exec sleep 600";
        var holder = Process.Start(new ProcessStartInfo("unshare", ["--mount", "/bin/sh", "-c", script, folder])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var disk = new SmallDisk(holder, folder);
        if (await holder.StandardOutput.ReadLineAsync(cancellation) != "ready")
        {
            var why = await holder.StandardError.ReadToEndAsync(cancellation);
            disk.Dispose();
            Assert.Skip($"No file system of one's own may be mounted here: {why}");
        }

        return disk;
    }

    /// <summary>Leaves no room at all.</summary>
    public async Task FillAsync(CancellationToken cancellation)
    {
        foreach (var block in new[] { "64k", "1k", "1" })
        {
            var filled = await RunAsync(["dd", "if=/dev/zero", $"of={Ballast}", $"bs={block}", "oflag=append", "conv=notrunc"], cancellation);
            Assert.Contains("No space left", filled.Errors);
        }
    }

    /// <summary>Gives some of it back.</summary>
    public async Task LeaveAsync(int kibibytes, CancellationToken cancellation) =>
        Assert.Equal(0, (await RunAsync(["truncate", "-s", $"-{kibibytes}K", Ballast], cancellation)).ExitCode);

    public async Task MakeRoomAsync(CancellationToken cancellation) =>
        Assert.Equal(0, (await RunAsync(["rm", Ballast], cancellation)).ExitCode);

    public void Dispose()
    {
        if (!_holder.HasExited)
        {
            _holder.Kill();
            _holder.WaitForExit();
        }

        _holder.Dispose();
    }

    private Task<DaemonUnderTest.Ended> RunAsync(string[] command, CancellationToken cancellation) =>
        DaemonUnderTest.RunAsync(Within[0], [.. Within[1..], .. command], cancellation);
}
