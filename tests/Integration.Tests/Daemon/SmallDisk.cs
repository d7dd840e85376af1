using System.Diagnostics;
using System.Globalization;

namespace ManagedDns.Integration.Tests.Daemon;

/// <summary>
/// A file system of a few megabytes in memory, in a mount namespace of its own: what is mounted there is seen by nobody else and ends with the process that
/// holds the namespace. Reached from outside through that process (/proc/PID/root), so that daemon and test need not live in it.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly Process _holder;

    private SmallDisk(Process holder) => _holder = holder;

    public string Folder => $"/proc/{_holder.Id.ToString(CultureInfo.InvariantCulture)}/root/mnt";

    private string Ballast => Path.Combine(Folder, "ballast");

    /// <summary>Skips the test where this system or user may not make one.</summary>
    public static async Task<SmallDisk> MakeAsync(int megabytes, CancellationToken cancellation)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A file system of one's own needs Linux.");

        // A user namespace too, for who is not root.
        string[] root = Environment.IsPrivilegedProcess ? [] : ["--map-root-user"];
        var holder = Process.Start(new ProcessStartInfo(
            "unshare", [.. root, "--mount", "/bin/sh", "-c", $"mount -t tmpfs -o size={megabytes}m tmpfs /mnt && echo ready && exec sleep 600"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var disk = new SmallDisk(holder);
        if (await holder.StandardOutput.ReadLineAsync(cancellation) != "ready")
        {
            var why = await holder.StandardError.ReadToEndAsync(cancellation);
            disk.Dispose();
            Assert.Skip($"No file system of one's own may be mounted here: {why}");
        }

        return disk;
    }

    /// <summary>Leaves no room at all.</summary>
    public void Fill()
    {
        using var file = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var size in new[] { 1 << 16, 1 << 12, 1 })
        {
            try
            {
                while (true)
                {
                    file.Write(new byte[size]);
                }
            }
            catch (IOException)
            {
                // No more of these.
            }
        }
    }

    public void MakeRoom() => File.Delete(Ballast);

    public void Dispose()
    {
        if (!_holder.HasExited)
        {
            _holder.Kill();
            _holder.WaitForExit();
        }

        _holder.Dispose();
    }
}
