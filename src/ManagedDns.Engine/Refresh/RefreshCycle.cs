using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Plans;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using Microsoft.Extensions.Logging;

namespace ManagedDns.Engine.Refresh;

/// <summary>
/// One round through a zone's primaries, until one of them has delivered something newer or has confirmed what we have. It decides nothing about the
/// zone: what comes of its result is <see cref="ZoneLife"/>'s.
/// </summary>
internal sealed class RefreshCycle(DnsClient client, ZoneReceiver receiver, PrimaryBackoff backoff, Func<IPEndPoint, bool> isOwnAddress, ILogger logger)
{
    private static readonly QueryOptions s_udp = new() { Tries = 2, UdpPayloadSize = EdnsHeader.DefaultPayloadSize, AsksExpire = true };
    private static readonly QueryOptions s_tcp = s_udp with { Transport = DnsTransport.Tcp, MaxTimeout = TimeSpan.FromSeconds(5) };

    /// <param name="progress">Told when the cycle enters a state with a primary, and now and then what has come of a transfer.</param>
    public async Task<CycleResult> RunAsync(CycleOrder order, Action<ZoneState, IPEndPoint, TransferSoFar?> progress, CancellationToken cancellation)
    {
        var round = new Round();
        foreach (var primary in InOrder(order))
        {
            if (await AskAsync(primary, order, round, progress, cancellation).ConfigureAwait(false) is { } result)
            {
                return result;
            }

            if (cancellation.IsCancellationRequested)
            {
                break;
            }
        }

        return round.Conclude(order);
    }

    /// <summary>The notifier first, then by priority.</summary>
    private static IEnumerable<PrimaryPlan> InOrder(CycleOrder order) => order.First is { } first
        ? order.Primaries.OrderByDescending(primary => primary.Remote.EndPoint.Address.IsSameAs(first))
        : order.Primaries;

    /// <returns>The cycle's result, or null: ask the next one.</returns>
    private async Task<CycleResult?> AskAsync(
        PrimaryPlan primary, CycleOrder order, Round round, Action<ZoneState, IPEndPoint, TransferSoFar?> progress, CancellationToken cancellation)
    {
        var endPoint = primary.Remote.EndPoint;
        if (isOwnAddress(endPoint))
        {
            round.Failed(RefreshFailures.OwnAddress(primary));
            return null;
        }

        if (!order.Wish.HasFlag(Wish.Now) && !backoff.MayAsk(endPoint, out var wait, out var last))
        {
            round.Spared(last, wait);
            return null;
        }

        try
        {
            if (order.Have is { } have && !order.Wish.HasFlag(Wish.WholeZone) && !order.Wish.HasFlag(Wish.AnySerial))
            {
                progress(ZoneState.Probing, endPoint, null);
                var soa = await ProbeAsync(primary.Remote, order.Zone, cancellation).ConfigureAwait(false);
                backoff.Answered(endPoint);
                if (!new Serial(soa.Serial).IsNewerThan(have.Serial))
                {
                    return NothingNewer(primary, order, have, soa.Serial, soa.ExpiresIn, round);
                }
            }

            progress(ZoneState.Transferring, endPoint, null);
            var received = await receiver.ReceiveAsync(order, primary, (state, soFar) => progress(state, endPoint, soFar), cancellation).ConfigureAwait(false);
            backoff.Answered(endPoint);
            return received.Version is { } version
                ? new(endPoint, version, null) { ExpiresIn = received.ExpiresIn }
                : NothingNewer(primary, order, order.Have!, received.Serial, received.ExpiresIn, round);
        }
        catch (DnsFailureException e)
        {
            logger.LogInformation("Zone {Zone}: {Failure}", order.Zone.ToDisplayString(), e.Failure);
            backoff.Failed(endPoint, e.Failure);
            round.Failed(e.Failure with { Server = e.Failure.Server ?? endPoint });
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            round.Failed(new(FailureReason.Canceled, endPoint, "The refresh was canceled.", ""));
        }
        catch (Exception e)
        {
            // One zone's trouble, be it that there is no memory for it, must not end its own refresh for good.
            logger.LogError(e, "Zone {Zone}: refresh from {Primary} broke.", order.Zone.ToDisplayString(), endPoint);
            round.Failed(RefreshFailures.Internal(endPoint, e));
        }

        return null;
    }

    /// <summary>What the primary says of the zone; without EDNS where it is from before that (RFC 6891 §7).</summary>
    private async Task<SoaAnswer> ProbeAsync(Remote primary, DomainName zone, CancellationToken cancellation)
    {
        try
        {
            return await ProbeAsync(primary, zone, s_udp, s_tcp, cancellation).ConfigureAwait(false);
        }
        catch (DnsFailureException e) when (e.Failure.Reason == FailureReason.FormatError)
        {
            return await ProbeAsync(primary, zone, WithoutEdns(s_udp), WithoutEdns(s_tcp), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Over TCP where nothing comes back over UDP: firewalls and overload often stop the one and not the other.</summary>
    private async Task<SoaAnswer> ProbeAsync(Remote primary, DomainName zone, QueryOptions udp, QueryOptions tcp, CancellationToken cancellation)
    {
        try
        {
            return await client.QuerySoaAsync(primary, zone, udp, cancellation).ConfigureAwait(false);
        }
        catch (DnsFailureException e) when (e.Failure.Reason == FailureReason.Timeout)
        {
            return await client.QuerySoaAsync(primary, zone, tcp, cancellation).ConfigureAwait(false);
        }
    }

    private static QueryOptions WithoutEdns(QueryOptions options) => options with { UdpPayloadSize = null, AsksExpire = false };

    private static CycleResult? NothingNewer(
        PrimaryPlan primary, CycleOrder order, ZoneContents have, uint serial, TimeSpan? expiresIn, Round round)
    {
        var endPoint = primary.Remote.EndPoint;
        if (serial != have.Serial)
        {
            round.Failed(RefreshFailures.SerialRegressed(order.Zone, endPoint, serial, have.Serial));
            return null;
        }

        // Another primary may have what the NOTIFY told of.
        round.Confirmed ??= new(endPoint, null, null) { ExpiresIn = expiresIn };
        return order.Hint is { } hint && new Serial(hint).IsNewerThan(serial) ? null : new(endPoint, null, null) { ExpiresIn = expiresIn };
    }

    /// <summary>What a round has met so far.</summary>
    private sealed class Round
    {
        private Failure? _first;
        private Failure? _regressed;
        private Failure? _spared;
        private TimeSpan _wait = TimeSpan.MaxValue;
        private bool _asked;

        public CycleResult? Confirmed { get; set; }

        public void Failed(Failure failure)
        {
            _asked = true;
            _first ??= failure;
            if (failure.Reason == FailureReason.SerialRegressed)
            {
                _regressed ??= failure;
            }
        }

        public void Spared(Failure? last, TimeSpan wait)
        {
            _spared ??= last;
            _wait = wait < _wait ? wait : _wait;
        }

        /// <summary>A primary that is behind us says more about the zone than one that cannot be reached.</summary>
        public CycleResult Conclude(CycleOrder order) => Confirmed
            ?? new(null, null, _regressed ?? _first ?? _spared ?? Unasked(order), _asked ? TimeSpan.Zero : _wait);

        private static Failure Unasked(CycleOrder order) =>
            new(FailureReason.Canceled, null, $"No primary of {order.Zone.ToDisplayString()} was asked.", "");
    }
}
