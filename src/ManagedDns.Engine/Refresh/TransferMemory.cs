using ManagedDns.Dns;
using ManagedDns.Dns.Client;

namespace ManagedDns.Engine.Refresh;

/// <summary>
/// Bounds what all transfers in flight hold together, so that primaries without end, or many large zones at once, do not take all the memory there is. When it
/// is too much, the transfer that holds the most ends: a small zone does not suffer from a large one. Thread-safe.
/// </summary>
/// <param name="limit">Octets. The one that holds the most learns of it with what it receives next; until then the others may go beyond by an eighth.</param>
internal sealed class TransferMemory(long limit)
{
    private readonly Lock _gate = new();
    private readonly HashSet<Share> _shares = [];
    private long _held;

    /// <summary>What is held now, in octets.</summary>
    public long Held
    {
        get
        {
            lock (_gate)
            {
                return _held;
            }
        }
    }

    /// <summary>The share of a transfer that begins; dispose it when its content is somebody else's to count, or gone.</summary>
    /// <param name="measure">What the transfer holds so far, in octets.</param>
    public Share Begin(DomainName zone, Func<long> measure)
    {
        var share = new Share(this, zone, measure);
        lock (_gate)
        {
            _shares.Add(share);
        }

        return share;
    }

    private void Take(Share share, long held)
    {
        lock (_gate)
        {
            _held += held - share.Held;
            share.Held = held;
            if (_held > limit)
            {
                _shares.MaxBy(each => each.Held)!.MustEnd = true;
            }

            if (!share.MustEnd && _held <= limit + limit / 8)
            {
                return;
            }
        }

        throw new DnsFailureException(new(
            FailureReason.TooLarge,
            null,
            $"The transfers in flight hold more than {limit:N0} octets together, {share.Zone.ToDisplayString()} {held:N0} of them.",
            "If the zone is right on its primary, give the server more memory. It is tried again."));
    }

    private void End(Share share)
    {
        lock (_gate)
        {
            if (_shares.Remove(share))
            {
                _held -= share.Held;
            }
        }
    }

    /// <summary>One transfer's part.</summary>
    internal sealed class Share(TransferMemory all, DomainName zone, Func<long> measure) : IProgress<TransferProgress>, IDisposable
    {
        public DomainName Zone => zone;

        public long Held { get; set; }

        public bool MustEnd { get; set; }

        /// <summary>Counts what has come.</summary>
        /// <exception cref="DnsFailureException">TooLarge: together it is too much, and this transfer must end.</exception>
        public void Report(TransferProgress value) => all.Take(this, measure());

        public void Dispose() => all.End(this);
    }
}
