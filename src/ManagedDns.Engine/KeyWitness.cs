using System.Collections.Concurrent;
using System.Net;
using ManagedDns.Dns.Tsig;
using ManagedDns.Model;

namespace ManagedDns.Engine;

/// <summary>
/// Notes which TSIG key each peer was last seen with: while one key takes another's place, this tells when the old one can go. What is seen again
/// within seconds is not reported again. Thread-safe.
/// </summary>
internal sealed class KeyWitness(IStatusSink status, TimeProvider time)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    // Only who has the secret gets in here; the bound is for one who has it and many addresses.
    private const int MaxPeers = 100_000;

    private readonly ConcurrentDictionary<(TsigKey Key, IPAddress Peer, TsigKeyUseDirection Direction), long> _seen = [];

    // Of the two keys of a rollover, the one whose place is taken, by a use of the one that takes it.
    private readonly ConcurrentDictionary<(TsigKey Key, IPAddress Peer, TsigKeyUseDirection Direction), TsigKey> _going = [];

    /// <summary>Told of everything that is seen: the peer's clock and ours go together then (RFC 8945 §5.2.3).</summary>
    public Action? Agreed { get; init; }

    public void Saw(TsigKey key, IPAddress peer, TsigKeyUseDirection direction)
    {
        Agreed?.Invoke();
        var use = (key, peer, direction);
        ForgetOther(use);
        var now = time.GetTimestamp();
        if (_seen.TryGetValue(use, out var last) && time.GetElapsedTime(last, now) < s_interval)
        {
            return;
        }

        if (_seen.Count >= MaxPeers)
        {
            _seen.Clear();
            _going.Clear();
        }

        _seen[use] = now;
        status.Report(new TsigKeyUse(key.Name, key.Fingerprint, peer, direction, time.GetUtcNow()));
    }

    /// <summary>
    /// A peer that changes between the two keys of a rollover is reported each time: with which it was seen last decides whether the old one can go.
    /// </summary>
    private void ForgetOther((TsigKey Key, IPAddress Peer, TsigKeyUseDirection Direction) use)
    {
        if (use.Key.Successor is { } coming)
        {
            _seen.TryRemove(use with { Key = coming }, out _);
            _going[use with { Key = coming }] = use.Key;
        }
        else if (_going.TryRemove(use, out var going))
        {
            _seen.TryRemove(use with { Key = going }, out _);
        }
    }
}
