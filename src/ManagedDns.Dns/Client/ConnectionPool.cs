using System.Net;

namespace ManagedDns.Dns.Client;

/// <summary>
/// Connections that are used again (RFC 7766 §6.2.1, RFC 9103 §6.2): of ten thousand zones of one primary, as many take connections of their own as are asked for at a
/// time. One carries one exchange at a time; those that nobody needs are closed after some seconds. Thread-safe.
/// </summary>
public sealed class ConnectionPool : IDisposable
{
    // Shorter than what servers allow by default (NSD 120 s, BIND 30 s, Knot 10 s): better we close than they.
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_distrust = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<Place, Stack<(Connection Connection, long Since)>> _idle = [];
    private readonly Dictionary<Place, long> _distrusted = [];
    private readonly TimeProvider _time;
    private readonly ITimer _sweeper;
    private bool _isSweeping;
    private bool _disposed;

    public ConnectionPool(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _sweeper = time.CreateTimer(_ => Sweep(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        List<Connection> all;
        lock (_gate)
        {
            _disposed = true;
            all = [.. _idle.Values.SelectMany(stack => stack).Select(entry => entry.Connection)];
            _idle.Clear();
        }

        _sweeper.Dispose();
        all.ForEach(connection => connection.Dispose());
    }

    /// <summary>
    /// Runs an exchange over a connection that was used before, and anew over its own where that one turns out to be of no use: servers close what is idle without asking.
    /// </summary>
    /// <param name="exchange">Is given the connection, or null: open one.</param>
    internal static async Task<T> RunAsync<T>(ConnectionPool? pool, Remote remote, Func<Connection?, Task<T>> exchange)
    {
        if (pool?.TryTake(remote) is { } used)
        {
            try
            {
                return await exchange(used).ConfigureAwait(false);
            }
            catch (DnsFailureException e) when (used.Taken == 0 && e.Failure.Reason is FailureReason.ConnectionClosed or FailureReason.Timeout or FailureReason.TlsFailed)
            {
                if (e.Failure.Reason == FailureReason.Timeout)
                {
                    pool.Distrust(remote);
                }
            }
        }

        return await exchange(null).ConfigureAwait(false);
    }

    /// <summary>A connection that was used before and is still open; null: open a new one.</summary>
    private Connection? TryTake(Remote remote)
    {
        while (true)
        {
            Connection connection;
            lock (_gate)
            {
                var place = Place.Of(remote);
                if (!_idle.TryGetValue(place, out var stack))
                {
                    return null;
                }

                connection = stack.Pop().Connection;
                if (stack.Count == 0)
                {
                    _idle.Remove(place);
                }
            }

            if (connection.IsQuiet)
            {
                connection.BeginExchange();
                return connection;
            }

            connection.Dispose();
        }
    }

    /// <summary>Takes over a connection whose exchange has ended as it should.</summary>
    internal void Return(Remote remote, Connection connection)
    {
        lock (_gate)
        {
            var place = Place.Of(remote);
            if (!_disposed && !connection.IsInsideMessage && !IsDistrusted(place))
            {
                if (!_idle.TryGetValue(place, out var stack))
                {
                    _idle[place] = stack = new();
                }

                stack.Push((connection, _time.GetTimestamp()));
                if (!_isSweeping)
                {
                    _isSweeping = true;
                    _sweeper.Change(s_idle, s_idle);
                }

                return;
            }
        }

        connection.Dispose();
    }

    /// <summary>The server does not answer a second exchange on a connection: for some time each one gets its own.</summary>
    private void Distrust(Remote remote)
    {
        lock (_gate)
        {
            _distrusted[Place.Of(remote)] = _time.GetTimestamp();
        }
    }

    private bool IsDistrusted(Place place)
    {
        if (!_distrusted.TryGetValue(place, out var since))
        {
            return false;
        }

        if (_time.GetElapsedTime(since) < s_distrust)
        {
            return true;
        }

        _distrusted.Remove(place);
        return false;
    }

    private void Sweep()
    {
        var closing = new List<Connection>();
        lock (_gate)
        {
            foreach (var (place, stack) in _idle.ToList())
            {
                var kept = stack.Where(entry => _time.GetElapsedTime(entry.Since) < s_idle).Reverse().ToList();
                closing.AddRange(stack.Except(kept).Select(entry => entry.Connection));
                if (kept.Count == 0)
                {
                    _idle.Remove(place);
                }
                else
                {
                    _idle[place] = new(kept);
                }
            }

            if (_idle.Count == 0 && !_disposed)
            {
                _isSweeping = false;
                _sweeper.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        closing.ForEach(connection => connection.Dispose());
    }

    /// <summary>What makes two connections the same: whose key signs in it does not matter.</summary>
    private readonly record struct Place(IPEndPoint EndPoint, IPAddress? Source, TlsTerms? Tls)
    {
        public static Place Of(Remote remote) => new(remote.EndPoint, remote.Source, remote.Tls);
    }
}
