using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Threading.Channels;
using ManagedDns.Integration.Tests.Daemon;

namespace ManagedDns.Integration.Tests.Paths;

/// <summary>
/// Two hosts (network namespaces) and the path between them, which passes on, loses and delays packets as a test says: what TCP and UDP do about it is the
/// kernel's own doing. The packets go through this process by two TUN devices, since not every kernel has netem.
/// </summary>
internal sealed class BadPath : IDisposable
{
    private const int Seed = 20_261_123;

    private static int s_paths;

    private readonly Process[] _holders = new Process[2];
    private readonly TunDevice[] _devices = new TunDevice[2];
    private readonly List<Task> _relays = [];
    private readonly CancellationTokenSource _stop = new();

    private BadPath()
    {
    }

    public static IPAddress Here { get; } = IPAddress.Parse("10.53.0.1");

    public static IPAddress There { get; } = IPAddress.Parse("10.53.0.2");

    /// <summary>Whether a packet (IPv4) gets through; asked from two threads.</summary>
    public Func<byte[], bool> Passes { get; set; } = _ => true;

    public TimeSpan Delay { get; set; }

    /// <summary>What a program is started with to run on a host.</summary>
    public string[] On(IPAddress host) => ["nsenter", "-t", _holders[IndexOf(host)].Id.ToString(CultureInfo.InvariantCulture), "-n"];

    /// <summary>Loses that share of all packets, the same ones in each run as far as they come in the same order.</summary>
    public static Func<byte[], bool> Losing(double share)
    {
        var random = new Random(Seed);
        return _ =>
        {
            lock (random)
            {
                return random.NextDouble() >= share;
            }
        };
    }

    /// <summary>Skips the test where this system or user may not make one.</summary>
    public static async Task<BadPath> MakeAsync(CancellationToken cancellation)
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/dev/net/tun"), "Hosts of one's own need Linux, root and TUN.");
        var path = new BadPath();
        try
        {
            foreach (var host in new[] { Here, There })
            {
                await path.AddAsync(host, cancellation);
            }
        }
        catch
        {
            path.Dispose();
            throw;
        }

        path._relays.Add(path.RelayAsync(path._devices[0], path._devices[1]));
        path._relays.Add(path.RelayAsync(path._devices[1], path._devices[0]));
        return path;
    }

    public void Dispose()
    {
        _stop.Cancel();
        Task.WaitAll(_relays);
        foreach (var device in _devices)
        {
            device?.Dispose();
        }

        foreach (var holder in _holders)
        {
            holder?.Kill();
            holder?.WaitForExit();
            holder?.Dispose();
        }

        _stop.Dispose();
    }

    private static int IndexOf(IPAddress host) => host.Equals(Here) ? 0 : 1;

    private async Task AddAsync(IPAddress host, CancellationToken cancellation)
    {
        var index = IndexOf(host);
        var holder = _holders[index] = Process.Start(new ProcessStartInfo("unshare", ["--net", "/bin/sh", "-c", "echo ready && exec sleep 600"])
        {
            RedirectStandardOutput = true,
        })!;
        await holder.StandardOutput.ReadLineAsync(cancellation);
        var device = _devices[index] = TunDevice.Open($"md{Environment.ProcessId % 1_000_000}x{Interlocked.Increment(ref s_paths)}");
        await RunAsync(["ip", "link", "set", device.Name, "netns", holder.Id.ToString(CultureInfo.InvariantCulture)], cancellation);
        await RunAsync([.. On(host), "ip", "link", "set", "lo", "up"], cancellation);
        await RunAsync([.. On(host), "ip", "address", "add", $"{host}", "peer", $"{(index == 0 ? There : Here)}", "dev", device.Name], cancellation);
        await RunAsync([.. On(host), "ip", "link", "set", device.Name, "up"], cancellation);
    }

    private static async Task RunAsync(string[] command, CancellationToken cancellation)
    {
        var ended = await DaemonUnderTest.RunAsync(command[0], command[1..], cancellation);
        Assert.True(ended.ExitCode == 0, $"{string.Join(' ', command)}: {ended.Errors}");
    }

    /// <summary>Takes packets from one device and gives those that pass to the other, in order, each as late as the delay wants.</summary>
    private Task RelayAsync(TunDevice from, TunDevice to)
    {
        var under = Channel.CreateUnbounded<(long Due, byte[] Packet)>();
        var reading = Task.Factory.StartNew(
            () =>
            {
                var buffer = new byte[65_536];
                while (!_stop.IsCancellationRequested)
                {
                    var packet = buffer[..from.Read(buffer, TimeSpan.FromMilliseconds(50))];
                    if (packet.Length > 0 && Passes(packet))
                    {
                        under.Writer.TryWrite((Stopwatch.GetTimestamp() + (long)(Delay.TotalSeconds * Stopwatch.Frequency), packet));
                    }
                }

                under.Writer.Complete();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return Task.WhenAll(reading, WriteAsync(under.Reader, to));
    }

    private static async Task WriteAsync(ChannelReader<(long Due, byte[] Packet)> packets, TunDevice to)
    {
        await foreach (var (due, packet) in packets.ReadAllAsync())
        {
            // The path's own delay, which real processes at both ends see: nothing is waited for with it.
            if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { Ticks: > 0 } wait)
            {
                await Task.Delay(wait);
            }

            to.Write(packet);
        }
    }
}
