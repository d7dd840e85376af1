using System.Net.Sockets;
using System.Text;

namespace ManagedDns.Daemon;

/// <summary>
/// Tells systemd how the server is (sd_notify): ready, alive, stopping. Where no service manager listens (NOTIFY_SOCKET is not set), nothing is told.
/// </summary>
internal sealed class ServiceManager
{
    public const string SocketVariable = "NOTIFY_SOCKET";

    private readonly string? _socket;

    private ServiceManager(string? socket) => _socket = socket;

    public static ServiceManager Find() => new(Environment.GetEnvironmentVariable(SocketVariable));

    /// <summary>The server serves.</summary>
    public void Ready(string status) => Tell($"READY=1\nSTATUS={status}");

    /// <summary>The server is alive: the unit's watchdog waits for this.</summary>
    public void Alive() => Tell("WATCHDOG=1");

    public void Stopping() => Tell("STOPPING=1");

    private void Tell(string state)
    {
        if (string.IsNullOrEmpty(_socket))
        {
            return;
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

            // A name in Linux's abstract space is written with @ for its first octet, which is zero.
            socket.Connect(new UnixDomainSocketEndPoint(_socket[0] == '@' ? '\0' + _socket[1..] : _socket));
            socket.Send(Encoding.UTF8.GetBytes(state));
        }
        catch (SocketException)
        {
            // Serving matters more than telling of it; a watchdog that hears nothing acts by itself.
        }
    }
}
