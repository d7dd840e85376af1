using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Signing;

/// <summary>
/// Tells the parent that the CDS of a zone ask for another DS than it has, so that it need not find out in its own time: a parent of one's own gets the DS by
/// a signed update, others a NOTIFY(CDS) to whom their DSYNC record names (RFC 9859). Once for each change; what fails is tried again, later and later.
/// </summary>
internal sealed class ParentTeller(DnsClient client, TimeProvider time, ILogger logger)
{
    private static readonly QueryOptions s_round = new() { Tries = 2, Timeout = TimeSpan.FromSeconds(2) };

    private readonly ParentUpdate _update = new(client);

    /// <param name="published">The version that all name servers of the zone show.</param>
    /// <param name="seen">What the parent has; where that is not known, it is told.</param>
    public async Task TellAsync(
        ZoneContents published, ZoneSigning setting, Surroundings surroundings, DsObservation seen, ParentNews news, CancellationToken cancellation)
    {
        var zone = published.Apex;
        var asked = published.Find(zone, RecordType.CDS).Select(record => record.Rdata.ToArray()).Order(OctetsComparer.Instance).ToArray();
        if (asked.Length == 0 || seen.Gives(published))
        {
            news.Forget();
            return;
        }

        if (!news.IsDue(Describe(asked, setting), time.GetUtcNow()))
        {
            return;
        }

        try
        {
            if (setting.ParentPrimary is { } primary)
            {
                var ds = asked.Where(rdata => !IsDelete(rdata)).ToList();
                await _update.PutAsync(surroundings.Remote(primary), zone, ds, (uint)setting.Policy.KeyTtl.TotalSeconds, cancellation).ConfigureAwait(false);
                news.Took(time.GetUtcNow());
                logger.LogInformation("Zone {Zone}: {Primary} has taken {Count} DS records", zone, primary.EndPoint, ds.Count);
                return;
            }

            if (!setting.Policy.NotifyParent || surroundings.Lookup is null)
            {
                return;
            }

            var targets = await surroundings.Lookup.FindNotifyTargetsAsync(zone, cancellation).ConfigureAwait(false);
            if (targets.Count == 0)
            {
                news.HasNobody(time.GetUtcNow());
                return;
            }

            var target = await NotifyAnyAsync(zone, targets, cancellation).ConfigureAwait(false);
            news.Took(time.GetUtcNow());
            logger.LogInformation("Zone {Zone}: {Target} took the NOTIFY(CDS) for the parent", zone, target);
        }
        catch (DnsFailureException e)
        {
            news.Failed(e.Failure, time.GetUtcNow());
            logger.LogWarning("Zone {Zone}: the parent could not be told of the new CDS. {Failure} {Remedy}", zone, e.Failure, e.Failure.Remedy);
        }
    }

    private static string Describe(byte[][] asked, ZoneSigning setting) =>
        $"{setting.ParentPrimary} {setting.Policy.NotifyParent} {string.Join(' ', asked.Select(Convert.ToHexString))}";

    /// <summary>RFC 8078 §4.</summary>
    private static bool IsDelete(ReadOnlySpan<byte> cds) => cds.Length > 2 && cds[2] == 0;

    /// <summary>The addresses are those of one host: one that takes it is enough.</summary>
    private async Task<ZoneServer> NotifyAnyAsync(DomainName zone, IReadOnlyList<ZoneServer> targets, CancellationToken cancellation)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                await client.NotifyParentAsync(new(targets[i].EndPoint), zone, s_round, cancellation).ConfigureAwait(false);
                return targets[i];
            }
            catch (DnsFailureException) when (i + 1 < targets.Count)
            {
            }
        }
    }
}
