using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Signing;

/// <summary>
/// The way from a zone's CDS to its DS: first all name servers of the zone must show the CDS, then every server of the parent is asked for the DS, and where
/// that is not what the CDS ask for, the parent is told. Where the settings name no servers of the parent, they are found by looking them up.
/// </summary>
internal sealed class ParentDialogue(DnsClient client, TimeProvider time, ILogger logger)
{
    private readonly ParentWatch _watch = new(client, time);
    private readonly OwnServers _own = new(client);
    private readonly ParentTeller _teller = new(client, time, logger);

    /// <summary>What applies to the looks from now on.</summary>
    public Surroundings Surroundings { get; set; } = Surroundings.None;

    /// <summary>Looks where something is waited for and the last look is long enough ago; what was seen is noted.</summary>
    /// <param name="published">The version served, which asks the parent by its CDS; null: none is yet.</param>
    public async Task LookIfDueAsync(
        DomainName zone, SigningZone signing, ZoneSigning setting, ZoneContents? published, DateTimeOffset now, CancellationToken cancellation)
    {
        var waits = setting.Ending || signing.IsAsking
            || signing.Keys!.Any(key => key.State == KeyState.Submitted || (key.State == KeyState.Published && !setting.ForeignKeys.IsEmpty));
        var interval = TimeSpan.FromSeconds(Math.Clamp(setting.Policy.KeyTtl.TotalSeconds / 12, 1, 300));

        // Further away than that, the clock has been put back since.
        if (!waits || !CanAsk(setting) || (now < signing.NextDsLook && signing.NextDsLook <= now + interval))
        {
            return;
        }

        signing.NextDsLook = now + interval;

        // What is published goes on asking for the DS when the keys are lost: nobody is told of that then.
        published = LostKeys.Are(signing.Keys!) ? null : published;
        signing.Ds = await LookAsync(zone, signing, setting, published, cancellation).ConfigureAwait(false);
        signing.IsAsking &= published is null || !signing.Ds.Gives(published);
        if (signing.Ds.Failure is { } failure)
        {
            logger.LogWarning("Zone {Zone}: the DS at the parent is not known. {Failure} {Remedy}", zone, failure, failure.Remedy);
        }
    }

    /// <summary>Looks once; what stands in the way is in what comes back.</summary>
    private async Task<DsObservation> LookAsync(
        DomainName zone, SigningZone signing, ZoneSigning setting, ZoneContents? published, CancellationToken cancellation)
    {
        var surroundings = Surroundings;
        var amongOthers = setting.ForeignKeys.IsEmpty ? null : signing.Keys!.Where(key => key.Role != KeyRole.Ksk && PlanMaker.IsPublished(key)).Select(key => key.Public).ToList();
        try
        {
            if (surroundings.Lookup is not null && published is not null
                && await _own.FindLaggardAsync(published, amongOthers, surroundings, cancellation).ConfigureAwait(false) is { } laggard)
            {
                return Nothing(laggard, null) with { IsShownByAll = false };
            }
        }
        catch (DnsFailureException e)
        {
            return Nothing($"the zone's own name servers cannot be found ({e.Failure.Reason})", e.Failure) with { IsShownByAll = false };
        }

        var seen = await LookAsync(zone, setting, surroundings, cancellation).ConfigureAwait(false);
        if (published is not null)
        {
            await _teller.TellAsync(published, setting, surroundings, seen, signing.News, cancellation).ConfigureAwait(false);
        }

        return seen;
    }

    /// <summary>Whether there is anybody to ask for a zone's DS.</summary>
    public bool CanAsk(ZoneSigning setting) => !setting.ParentServers.IsEmpty || Surroundings.Lookup is not null;

    private async Task<DsObservation> LookAsync(DomainName zone, ZoneSigning setting, Surroundings surroundings, CancellationToken cancellation)
    {
        try
        {
            var servers = await FindAsync(zone, setting, surroundings, cancellation).ConfigureAwait(false);
            return servers.Count == 0
                ? Nothing("nobody knows the parent's servers", null)
                : await _watch.LookAsync(zone, servers, cancellation).ConfigureAwait(false);
        }
        catch (DnsFailureException e)
        {
            return Nothing($"the parent's servers cannot be found ({e.Failure.Reason})", e.Failure);
        }
    }

    private static async Task<IReadOnlyList<ZoneServer>> FindAsync(
        DomainName zone, ZoneSigning setting, Surroundings surroundings, CancellationToken cancellation) =>
        !setting.ParentServers.IsEmpty ? [.. setting.ParentServers.Select(server => new ZoneServer(server, null))]
        : surroundings.Lookup is null ? []
        : (await surroundings.Lookup.FindParentAsync(zone, cancellation).ConfigureAwait(false)).Servers;

    private DsObservation Nothing(string obstacle, Failure? failure) => new(time.GetUtcNow(), []) { Obstacle = obstacle, Failure = failure };
}
