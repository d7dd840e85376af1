using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Transports;
using ManagedDns.Model;

namespace ManagedDns.Engine;

/// <summary>
/// The addresses on which the server answers. A change opens the new ones before it closes the old ones, and leaves all as it was when it cannot be
/// made. For one caller at a time.
/// </summary>
internal sealed class Listeners(QueryProcessor processor, ITransferOutHandler transfers, TimeProvider time) : IAsyncDisposable
{
    /// <summary>With port 0 and several addresses the port that the first one got may be taken on another: another is tried.</summary>
    private const int Tries = 20;

    private readonly TlsListeners _tls = new(processor, transfers, time);
    private ImmutableArray<Listener> _listeners = [];
    private ServerSettings _settings = ServerSettings.Default;

    /// <summary>Where the server listens, UDP and TCP alike, port 0 resolved.</summary>
    public ImmutableArray<IPEndPoint> EndPoints { get; private set; } = [];

    /// <summary>Where the server listens for TLS.</summary>
    public ImmutableArray<IPEndPoint> TlsEndPoints => _tls.EndPoints;

    /// <exception cref="DnsFailureException">PortInUse, NotPermitted, AddressNotLocal: nothing has changed, or nothing for TLS.</exception>
    public async Task ChangeAsync(ServerSettings settings)
    {
        await ChangePlainAsync(settings).ConfigureAwait(false);
        await _tls.ChangeAsync(settings).ConfigureAwait(false);
    }

    private async Task ChangePlainAsync(ServerSettings settings)
    {
        // A free port that was found once is kept.
        var port = settings.Port == 0 && !_listeners.IsEmpty ? _listeners[0].EndPoint.Port : settings.Port;
        var wanted = settings.ListenAddresses.Where(IsSupported).Select(address => new IPEndPoint(address, port)).Distinct().ToList();
        var kept = _listeners.Where(listener => settings.UdpThreads == _settings.UdpThreads && wanted.Contains(listener.EndPoint)).ToList();
        var old = _listeners.Except(kept).ToList();
        var missing = wanted.Except(kept.Select(listener => listener.EndPoint)).ToList();
        List<Listener> opened;
        try
        {
            opened = await OpenAsync(missing, settings).ConfigureAwait(false);
        }
        catch (DnsFailureException e) when (e.Failure.Reason == FailureReason.PortInUse && old.Count > 0)
        {
            // Our own old address may be what is in the way: 0.0.0.0 before 127.0.0.1.
            opened = await ReplaceAsync(kept, old, missing, settings).ConfigureAwait(false);
            old = [];
        }

        kept.ForEach(listener => listener.TcpLimits = TcpLimits.From(settings.Tcp));
        Use([.. kept, .. opened]);
        _settings = settings;
        await CloseAsync(old).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        var all = _listeners;
        Use([]);
        await _tls.DisposeAsync().ConfigureAwait(false);
        await CloseAsync(all).ConfigureAwait(false);
    }

    internal static bool IsSupported(IPAddress address) => !address.Equals(IPAddress.IPv6Any) || Socket.OSSupportsIPv6;

    private static async Task CloseAsync(IEnumerable<Listener> listeners)
    {
        foreach (var listener in listeners)
        {
            await listener.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<List<Listener>> ReplaceAsync(List<Listener> kept, List<Listener> old, List<IPEndPoint> missing, ServerSettings settings)
    {
        var before = old.Select(listener => listener.EndPoint).ToList();
        await CloseAsync(old).ConfigureAwait(false);
        try
        {
            return await OpenAsync(missing, settings).ConfigureAwait(false);
        }
        catch (DnsFailureException)
        {
            Use([.. kept, .. await OpenAsync(before, _settings).ConfigureAwait(false)]);
            throw;
        }
    }

    /// <summary>All or none.</summary>
    private async Task<List<Listener>> OpenAsync(List<IPEndPoint> endPoints, ServerSettings settings)
    {
        for (var attempt = 1; ; attempt++)
        {
            var opened = new List<Listener>();
            try
            {
                foreach (var endPoint in endPoints)
                {
                    var port = endPoint.Port == 0 && opened.Count > 0 ? opened[0].EndPoint.Port : endPoint.Port;
                    opened.Add(await Listener.StartAsync(
                        new(endPoint.Address, port), processor, transfers, TcpLimits.From(settings.Tcp), settings.UdpThreads, time).ConfigureAwait(false));
                }

                return opened;
            }
            catch (DnsFailureException e)
            {
                await CloseAsync(opened).ConfigureAwait(false);
                if (e.Failure.Reason != FailureReason.PortInUse || attempt == Tries || endPoints.TrueForAll(endPoint => endPoint.Port != 0))
                {
                    throw;
                }
            }
        }
    }

    private void Use(ImmutableArray<Listener> listeners)
    {
        _listeners = listeners;
        EndPoints = [.. listeners.Select(listener => listener.EndPoint)];
    }
}
