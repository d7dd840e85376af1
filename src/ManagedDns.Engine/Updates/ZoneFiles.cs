using System.Collections.Concurrent;
using ManagedDns.Dns;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.Zones;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Updates;

/// <summary>
/// Keeps zones like the master files they come from. Files are looked at in intervals: file system events miss network file systems and the editors
/// that replace a file. A file is taken only once it has stayed the same for an interval, so that none is read while it is written.
/// </summary>
internal sealed class ZoneFiles : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<long, WatchedFile> _watched = new();
    private readonly ZoneLife _life;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;

    public ZoneFiles(ZoneLife life, TimeProvider time, ILogger logger)
    {
        _life = life;
        _time = time;
        _logger = logger;
        _timer = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Begins to look for changes.</summary>
    public void Start() => _timer.Change(s_interval, Timeout.InfiniteTimeSpan);

    /// <summary>Loads the zone's file as it is now, and watches it.</summary>
    public void Load(SecondaryZone zone)
    {
        var path = zone.Setting.ZoneFile!;
        Read(_watched.AddOrUpdate(zone.Id, _ => new(zone, path), (_, old) => old.Path == path ? old : new(zone, path)));
    }

    /// <summary>The same, behind the caller's back.</summary>
    public void BeginLoad(SecondaryZone zone) => Task.Run(() => Guard(zone, () => Load(zone)));

    public void Forget(SecondaryZone zone) => _watched.TryRemove(zone.Id, out _);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        foreach (var (_, file) in _watched)
        {
            Guard(file.Zone, () => LookAt(file));
        }

        _timer.Change(s_interval, Timeout.InfiniteTimeSpan);
    }

    private void LookAt(WatchedFile file)
    {
        var stamp = file.Stamp();
        if (stamp != file.Read && stamp == file.Seen)
        {
            Read(file);
        }

        file.Seen = stamp;
    }

    /// <summary>One zone's trouble must not end the watch over all others.</summary>
    private void Guard(SecondaryZone zone, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            _logger.LogError(e, "Zone {Zone}: taking up its file broke; the version served before stays in service.", zone);
        }
    }

    private void Read(WatchedFile file)
    {
        // One reading at a time: a request may come while the timer reads.
        lock (file)
        {
            var files = new HashSet<string>();
            NewVersion? version = null;
            Failure? failure = null;

            // Stamped before it is read: what is written meanwhile makes it be read again.
            var stamp = file.Stamp();
            try
            {
                version = Compare(file.Zone, ZoneFileLoader.Load(file.Path, file.Zone.Name, files, file.Zone.Plan.Checks, _time.GetUtcNow()));
            }
            catch (DnsFailureException e)
            {
                failure = e.Failure;
            }
            catch (Exception e)
            {
                failure = new(FailureReason.Internal, null, $"{file.Path} could not be read: {e.Message}", "Look into the log and report it.");
            }

            var known = file.Files.SetEquals(files);
            file.Files = files;
            file.Read = known ? stamp : file.Stamp();
            Apply(file, version, failure);
        }
    }

    /// <summary>Null where the file says what is served already: that is not published again.</summary>
    private static NewVersion? Compare(SecondaryZone zone, NewVersion version)
    {
        ZoneContents? held;
        lock (zone.Gate)
        {
            held = zone.Contents?.Share();
        }

        using (held)
        {
            if (held is null)
            {
                return version;
            }

            if (!ZoneComparison.AreSame(held, version.Contents))
            {
                return version with { Differences = ZoneComparison.Between(held, version.Contents) is { } difference ? [difference] : [] };
            }

            version.Dispose();
            return null;
        }
    }

    private void Apply(WatchedFile file, NewVersion? version, Failure? failure)
    {
        var zone = file.Zone;
        lock (zone.Gate)
        {
            if (zone.IsRemoved || zone.Setting.ZoneFile != file.Path)
            {
                version?.Dispose();
            }
            else if (failure is null)
            {
                _life.Load(zone, version);
            }
            else
            {
                _life.LoadFailed(zone, failure);
            }
        }
    }

    private sealed class WatchedFile(SecondaryZone zone, string path)
    {
        public SecondaryZone Zone { get; } = zone;

        public string Path { get; } = path;

        /// <summary>The file and those it includes.</summary>
        public HashSet<string> Files { get; set; } = [path];

        /// <summary>The stamp at the last reading.</summary>
        public long Read { get; set; }

        /// <summary>The stamp at the last look.</summary>
        public long Seen { get; set; }

        /// <summary>A number that differs when one of the files does: its time of writing, its length, or that it is there at all.</summary>
        public long Stamp()
        {
            var stamp = 17L;
            foreach (var name in Files)
            {
                var info = new FileInfo(name);
                stamp = unchecked((stamp * 31) + (info.Exists ? info.LastWriteTimeUtc.Ticks + info.Length : -1));
            }

            return stamp;
        }
    }
}
