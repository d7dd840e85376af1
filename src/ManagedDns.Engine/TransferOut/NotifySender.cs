using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Engine.Refresh;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.TransferOut;

/// <summary>
/// Tells further secondaries of new versions (RFC 1996). Only the newest version of a zone is announced; a target that does not answer is told again
/// a few times, then it has its own REFRESH.
/// </summary>
internal sealed class NotifySender : IDisposable
{
    private const int InFlight = 64;
    private const int PerTarget = 16;
    private const int MostRounds = 5;
    private static readonly QueryOptions s_round = new() { Tries = 2, Timeout = TimeSpan.FromSeconds(2) };
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<(long ZoneId, Remote Target), Announcement> _announcements = [];
    private readonly WorkLanes<IPEndPoint, Announcement> _lanes;
    private readonly Schedule<Announcement> _schedule;
    private readonly CancellationTokenSource _stopping = new();
    private readonly DnsClient _client;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public NotifySender(DnsClient client, TimeProvider time, ILogger logger)
    {
        _client = client;
        _time = time;
        _logger = logger;
        _lanes = new(InFlight, PerTarget, SendAsync, Broke);
        _schedule = new(time, Enqueue);
    }

    /// <summary>Tells all targets of the zone's version.</summary>
    public void Announce(SecondaryZone zone) => Announce(zone, zone.Plan.NotifyTargets);

    public void Announce(SecondaryZone zone, IEnumerable<Remote> targets)
    {
        foreach (var target in targets)
        {
            Announcement announcement;
            lock (_gate)
            {
                if (_announcements.TryGetValue((zone.Id, target), out var running))
                {
                    running.Round = 0;
                    running.Again = true;
                    _schedule.Remove(running);
                    if (running.IsSending)
                    {
                        continue;
                    }

                    announcement = running;
                }
                else
                {
                    announcement = _announcements[(zone.Id, target)] = new(zone, target);
                }
            }

            Enqueue(announcement);
        }
    }

    /// <summary>The zone is served no longer.</summary>
    public void Forget(SecondaryZone zone)
    {
        lock (_gate)
        {
            foreach (var target in zone.Plan.NotifyTargets)
            {
                if (_announcements.Remove((zone.Id, target), out var announcement))
                {
                    _schedule.Remove(announcement);
                }
            }
        }
    }

    public Task CloseAsync()
    {
        _schedule.Dispose();
        _stopping.Cancel();
        return _lanes.CloseAsync();
    }

    public void Dispose()
    {
        _schedule.Dispose();
        _stopping.Dispose();
    }

    private void Enqueue(Announcement announcement) => _lanes.Enqueue(announcement.Target.EndPoint, announcement, urgent: announcement.Round == 0);

    private async Task SendAsync(Announcement announcement)
    {
        lock (_gate)
        {
            if (announcement.IsSending)
            {
                return;
            }

            if (!IsWanted(announcement))
            {
                Drop(announcement);
                return;
            }

            announcement.IsSending = true;
            announcement.Again = false;
        }

        var failure = await TryAsync(announcement).ConfigureAwait(false);
        lock (_gate)
        {
            announcement.IsSending = false;
            if (announcement.Again && IsWanted(announcement))
            {
                Enqueue(announcement);
            }
            else if (failure is not null && IsWanted(announcement) && ++announcement.Round < MostRounds && MayHelp(failure))
            {
                _schedule.Set(announcement, _time.After(s_firstPause * (1 << announcement.Round)));
            }
            else
            {
                Drop(announcement);
            }
        }
    }

    private void Drop(Announcement announcement)
    {
        var key = (announcement.Zone.Id, announcement.Target);
        if (_announcements.GetValueOrDefault(key) == announcement)
        {
            _announcements.Remove(key);
        }
    }

    private bool IsWanted(Announcement announcement) =>
        !_stopping.IsCancellationRequested && !announcement.Zone.IsRemoved && announcement.Zone.Plan.NotifyTargets.Contains(announcement.Target)
        && _announcements.TryGetValue((announcement.Zone.Id, announcement.Target), out var known) && known == announcement;

    private async Task<Failure?> TryAsync(Announcement announcement)
    {
        var (zone, target) = (announcement.Zone, announcement.Target);
        uint? serial = null;
        try
        {
            ResourceRecord? soa;
            lock (zone.Gate)
            {
                // What a crash could take back is told to nobody.
                var version = zone.Kept?.Contents ?? zone.Served;
                serial = version?.Serial;
                soa = version?.Find(zone.Name, RecordType.SOA)[0];
            }

            var answer = await _client.NotifyAsync(target, zone.Name, soa, s_round, _stopping.Token).ConfigureAwait(false);
            _logger.LogInformation(
                "Zone {Zone}: {Target} (key {Key}) took the NOTIFY with serial {Serial} after {Tries} tries",
                zone, target.EndPoint, target.Key?.Name.ToDisplayString(), serial, answer.Tries);
            return null;
        }
        catch (DnsFailureException e)
        {
            _logger.LogWarning(
                "Zone {Zone}: NOTIFY with serial {Serial} (key {Key}) failed. {Failure} {Remedy}",
                zone, serial, target.Key?.Name.ToDisplayString(), e.Failure, e.Failure.Remedy);
            return e.Failure;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>A defect of ours. A target that stayed marked as being told would never be told again.</summary>
    private void Broke(Announcement announcement, Exception defect)
    {
        lock (_gate)
        {
            announcement.IsSending = false;
            Drop(announcement);
        }

        _logger.LogError(defect, "Zone {Zone}: NOTIFY to {Target} met a defect; please report it.", announcement.Zone, announcement.Target.EndPoint);
    }

    /// <summary>Whether the same message may be taken later: a server that answered no will say so again.</summary>
    private static bool MayHelp(Failure failure) => failure.ResponseCode is null or ResponseCode.ServFail;

    private sealed class Announcement(SecondaryZone zone, Remote target) : Scheduled
    {
        public SecondaryZone Zone { get; } = zone;

        public Remote Target { get; } = target;

        public int Round { get; set; }

        public bool IsSending { get; set; }

        /// <summary>A newer version came while this one was announced.</summary>
        public bool Again { get; set; }
    }
}
