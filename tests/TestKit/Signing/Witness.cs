using System.Diagnostics;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;

namespace ManagedDns.TestKit.Signing;

/// <summary>
/// Who looks at a signed zone after each step of a test: <see cref="Verifiers"/> at the whole of it, as its server gives it to secondaries, and
/// Unbound at each of its RRsets and at what is not there.
/// </summary>
/// <param name="resolver">One that is kept through the test with all that it has learned, and gets to the zone from above; null: for each look a new
/// one that believes the zone's own keys.</param>
public sealed class Witness(Remote server, DomainName zone, Unbound? resolver = null)
{
    private const int Together = 16;

    // Unbound remembers for five seconds that it got no answer.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private static readonly DnsClient s_client = new(TimeProvider.System);

    private bool _hasBeenSecure;

    /// <summary>Looks once.</summary>
    /// <param name="isTrusted">The DS has been where the resolver asks for as long as this needs: every answer must be secure. Else none may be
    /// bogus.</param>
    /// <param name="at">The server's time, where it is not that of the machine.</param>
    /// <returns>The zone as it is served.</returns>
    /// <exception cref="InvalidOperationException">Somebody finds fault; what, is said.</exception>
    public async Task<ServedZone> SeeAsync(CancellationToken cancellation, bool isTrusted = true, DateTimeOffset? at = null)
    {
        var served = await TransferAsync(cancellation).ConfigureAwait(false);
        if (!served.Keys.Any())
        {
            var left = served.Records.FirstOrDefault(record => record.Type is RecordType.RRSIG or RecordType.NSEC or RecordType.NSEC3
                or RecordType.NSEC3PARAM or RecordType.CDS or RecordType.CDNSKEY);
            if (left is not null)
            {
                throw new InvalidOperationException($"{zone} has no DNSKEY, but at {left.Owner} {left.Type}.");
            }

            isTrusted = false;
        }
        else
        {
            Verifiers.Accept(served, at);
        }

        if (resolver is not null)
        {
            await LookUpAsync(served, isTrusted, cancellation).ConfigureAwait(false);
        }
        else if (isTrusted && Unbound.IsInstalled)
        {
            var anchors = served.Keys.Where(key => key.IsSecureEntryPoint).Select(key => (zone, key));
            var fresh = new Unbound(anchors, [(zone, server.EndPoint)], at, asksAlways: true);
            await using (fresh.ConfigureAwait(false))
            {
                Refuse(await JudgeAsync(fresh, served, isTrusted: true, cancellation).ConfigureAwait(false), served);
            }
        }

        return served;
    }

    /// <summary>What is answered: a version that is not kept yet is given to no secondary.</summary>
    private Task<ServedZone> TransferAsync(CancellationToken cancellation)
    {
        var reason = "";
        return Eventually.GetAsync(
            async c =>
            {
                try
                {
                    var served = await ServedZone.TransferAsync(server, zone, c).ConfigureAwait(false);
                    var answered = (await s_client.QuerySoaAsync(server, zone, cancellation: c).ConfigureAwait(false)).Serial;
                    reason = $"{served.Serial} is given, {answered} is answered";
                    return served.Serial == answered ? served : null;
                }
                catch (DnsFailureException e)
                {
                    reason = e.Message;
                    return null;
                }
            },
            () => $"{zone}: {reason}", cancellation);
    }

    private async Task LookUpAsync(ServedZone served, bool isTrusted, CancellationToken cancellation)
    {
        List<(ZoneQuestion Question, Security Security)> faults = [];
        if (isTrusted && !_hasBeenSecure)
        {
            // It may know for a little longer that there was no DS, and what it was answered meanwhile.
            await Eventually.TrueAsync(
                async c =>
                {
                    faults = await JudgeAsync(resolver!, served, isTrusted, c).ConfigureAwait(false);
                    Refuse([.. faults.Where(fault => fault.Security != Security.Insecure)], served);
                    return faults.Count == 0;
                },
                () => string.Join('\n', faults), cancellation).ConfigureAwait(false);
            _hasBeenSecure = true;
        }
        else
        {
            Refuse(await JudgeAsync(resolver!, served, isTrusted, cancellation).ConfigureAwait(false), served);
            _hasBeenSecure &= isTrusted;
        }
    }

    private static async Task<List<(ZoneQuestion Question, Security Security)>> JudgeAsync(
        Unbound resolver, ServedZone served, bool isTrusted, CancellationToken cancellation)
    {
        var faults = new List<(ZoneQuestion, Security)>();
        var all = new ParallelOptions { MaxDegreeOfParallelism = Together, CancellationToken = cancellation };
        await Parallel.ForEachAsync(served.Questions(), all, async (question, c) =>
        {
            var security = await JudgeAsync(resolver, question, c).ConfigureAwait(false);
            if (security != Security.Secure && (security != Security.Insecure || (isTrusted && question.IsVouchedFor)))
            {
                lock (faults)
                {
                    faults.Add((question, security));
                }
            }
        }).ConfigureAwait(false);
        return faults;
    }

    /// <summary>Asks again where there is no answer: it, or who it asks, has just been started, or the machine is busy.</summary>
    private static async Task<Security> JudgeAsync(Unbound resolver, ZoneQuestion question, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            var security = await resolver.JudgeAsync(question.Name, question.Type, cancellation).ConfigureAwait(false);
            if (security != Security.Unknown || Stopwatch.GetElapsedTime(begun) > s_patience)
            {
                return security;
            }

            await Task.Delay(20 * Math.Min(tries, 25), cancellation).ConfigureAwait(false);
        }
    }

    private static void Refuse(List<(ZoneQuestion Question, Security Security)> faults, ServedZone served)
    {
        if (faults.Count > 0)
        {
            throw new InvalidOperationException($"{string.Join('\n', faults)}\n{served}");
        }
    }
}
