using System.Collections.Concurrent;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Model;

namespace ManagedDns.Health;

/// <summary>
/// Asks the primaries of many zones for each zone's SOA record, side by side. A primary that cannot be reached is asked once, not for every zone.
/// </summary>
public sealed class QuickProbe(ServiceSettings settings, ServerStatus? running)
{
    private const int AtOnce = 64;

    private readonly DnsClient _client = new(TimeProvider.System);
    private readonly ConcurrentDictionary<long, bool> _unreachable = [];
    private readonly ConcurrentDictionary<long, bool> _withoutPrimary = [];
    private readonly ILookup<long, PrimaryNameServer> _primaries = settings.Primaries.ToLookup(primary => primary.CommonSettingId);

    /// <returns>What is wrong, in the order of the zones as far as it was found.</returns>
    public async Task<IReadOnlyCollection<Failure>> RunAsync(IReadOnlyCollection<ManagedZone> zones, CancellationToken cancellation)
    {
        var failures = new ConcurrentQueue<Failure>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(zones, options, async (zone, stop) =>
        {
            var primaries = _primaries[zone.CommonSettingId].Where(primary => primary.Enabled).ToArray();
            if (primaries.Length == 0 && _withoutPrimary.TryAdd(zone.CommonSettingId, true))
            {
                failures.Enqueue(NoPrimary(zone));
            }

            foreach (var primary in primaries.Where(primary => !_unreachable.ContainsKey(primary.Id)))
            {
                if (await AskAsync(zone, primary, stop).ConfigureAwait(false) is { } failure)
                {
                    failures.Enqueue(failure);
                }
            }
        }).ConfigureAwait(false);
        return failures;
    }

    private async Task<Failure?> AskAsync(ManagedZone zone, PrimaryNameServer primary, CancellationToken cancellation)
    {
        if (OwnEndPoints.Check(primary.EndPoint, settings.Server, running) is { } ourselves)
        {
            return _unreachable.TryAdd(primary.Id, true) ? ourselves : null;
        }

        try
        {
            await _client.QuerySoaAsync(Remotes.Of(primary, settings), zone.Name, cancellation: cancellation).ConfigureAwait(false);
            return null;
        }
        catch (DnsFailureException e)
        {
            var gone = e.Failure.Reason is FailureReason.Timeout or FailureReason.PortClosed or FailureReason.Unreachable;
            return gone && !_unreachable.TryAdd(primary.Id, true) ? null : e.Failure;
        }
    }

    private Failure NoPrimary(ManagedZone zone)
    {
        var setting = settings.CommonSettings[zone.CommonSettingId].Name;
        return _primaries[zone.CommonSettingId].Any()
            ? new(FailureReason.NoPrimary, null, $"No primary of the common setting '{setting}' is enabled.", "Enable-PrimaryNameServer enables one.")
            : new(
                FailureReason.NoPrimary,
                null,
                $"The common setting '{setting}' has no primary.",
                "New-PrimaryNameServer registers one; Enable-PrimaryNameServer enables it.");
    }
}
