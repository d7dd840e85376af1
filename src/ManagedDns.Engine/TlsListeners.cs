using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Transports;
using ManagedDns.Model;

namespace ManagedDns.Engine;

/// <summary>The addresses on which the server answers over TLS: its listen addresses, on a port of their own. For one caller at a time.</summary>
internal sealed class TlsListeners(QueryProcessor processor, ITransferOutHandler transfers, TimeProvider time) : IAsyncDisposable
{
    private ImmutableArray<TcpTransport> _listeners = [];

    /// <summary>Where the server listens, port 0 resolved.</summary>
    public ImmutableArray<IPEndPoint> EndPoints { get; private set; } = [];

    /// <summary>A new certificate or new limits alone move nothing: they are for whoever comes afterwards.</summary>
    /// <exception cref="DnsFailureException">PortInUse, NotPermitted, AddressNotLocal: nothing has changed.</exception>
    public async Task ChangeAsync(ServerSettings settings)
    {
        var wanted = Wanted(settings);
        var kept = _listeners.Where(listener => wanted.Contains(listener.EndPoint)).ToList();
        var limits = TcpLimits.From(settings.Tcp);
        var opened = new List<TcpTransport>();
        try
        {
            foreach (var endPoint in wanted.Except(kept.Select(listener => listener.EndPoint)))
            {
                var port = endPoint.Port == 0 && opened.Count > 0 ? opened[0].EndPoint.Port : endPoint.Port;
                opened.Add(TcpTransport.Start(new(endPoint.Address, port), processor, transfers, limits, time, identity: settings.Identity));
            }
        }
        catch (DnsFailureException)
        {
            await CloseAsync(opened).ConfigureAwait(false);
            throw;
        }

        kept.ForEach(listener => (listener.Identity, listener.Limits) = (settings.Identity, limits));
        var old = _listeners.Except(kept).ToList();
        Use([.. kept, .. opened]);
        await CloseAsync(old).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        var all = _listeners;
        Use([]);
        await CloseAsync(all).ConfigureAwait(false);
    }

    private List<IPEndPoint> Wanted(ServerSettings settings)
    {
        if (settings.Identity is null || settings.TlsPort is not { } port)
        {
            return [];
        }

        // A free port that was found once is kept.
        port = port == 0 && !_listeners.IsEmpty ? _listeners[0].EndPoint.Port : port;
        return [.. settings.ListenAddresses.Where(Listeners.IsSupported).Select(address => new IPEndPoint(address, port)).Distinct()];
    }

    private static async Task CloseAsync(IEnumerable<TcpTransport> listeners)
    {
        foreach (var listener in listeners)
        {
            await listener.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Use(ImmutableArray<TcpTransport> listeners)
    {
        _listeners = listeners;
        EndPoints = [.. listeners.Select(listener => listener.EndPoint)];
    }
}
