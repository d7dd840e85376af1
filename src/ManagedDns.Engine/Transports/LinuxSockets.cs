using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ManagedDns.Engine.Transports;

/// <summary>The Linux system calls that move many datagrams at once, with the structures they take (64-bit layouts).</summary>
internal static unsafe partial class LinuxSockets
{
    /// <summary>recvmmsg: wait for the first message, then take what is there.</summary>
    public const int WaitForOne = 0x10000;

    public const int Interrupted = 4;
    public const int MessageTooLong = 90;
    public const int AddressFamilyIPv6 = 10;

    public const int IPLevel = 0;
    public const int IPv6Level = 41;

    /// <summary>The control message that tells the address a datagram was sent to, and sets the one an answer comes from.</summary>
    public const int PacketInfo = 8;
    public const int PacketInfo6 = 50;

    private const int SocketLevel = 1;
    private const int ReusePort = 15;
    private const int ForceReceiveBuffer = 33;
    private const int ReceivePacketInfo6 = 49;
    private const int MtuDiscover = 10;
    private const int MtuDiscover6 = 23;

    /// <summary>IP_PMTUDISC_PROBE: DF is set (RFC 9715), and nobody can shrink what we send with forged ICMP.</summary>
    private const int MtuProbe = 3;

    public static bool IsSupported => OperatingSystem.IsLinux() && sizeof(nint) == 8;

    /// <summary>Sets the options of a UDP socket that .NET has no names for.</summary>
    /// <param name="shared">Whether several sockets share the port.</param>
    /// <param name="receiveBuffer">Octets; beyond net.core.rmem_max where this process may.</param>
    public static void Prepare(Socket socket, IPEndPoint endPoint, bool shared, int receiveBuffer)
    {
        _ = SetOption((int)socket.SafeHandle.DangerousGetHandle(), SocketLevel, ForceReceiveBuffer, &receiveBuffer, sizeof(int));
        if (shared)
        {
            Set(socket, SocketLevel, ReusePort, 1);
        }

        var isIPv6 = endPoint.AddressFamily == AddressFamily.InterNetworkV6;
        Set(socket, isIPv6 ? IPv6Level : IPLevel, isIPv6 ? MtuDiscover6 : MtuDiscover, MtuProbe);
        if (IsWildcard(endPoint))
        {
            Set(socket, isIPv6 ? IPv6Level : IPLevel, isIPv6 ? ReceivePacketInfo6 : PacketInfo, 1);
        }
    }

    /// <summary>Whether the address stands for all of the machine's, so that each answer must be told where it comes from.</summary>
    public static bool IsWildcard(IPEndPoint endPoint) => endPoint.Address.Equals(IPAddress.Any) || endPoint.Address.Equals(IPAddress.IPv6Any);

    [LibraryImport("libc", EntryPoint = "recvmmsg")]
    public static partial int Receive(int socket, MessageBatchHeader* messages, uint count, int flags, void* timeout);

    [LibraryImport("libc", EntryPoint = "sendmmsg")]
    public static partial int Send(int socket, MessageBatchHeader* messages, uint count, int flags);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    private static partial int SetOption(int socket, int level, int option, void* value, int length);

    /// <summary>Wakes who is blocked in a call on the socket; that UDP is not connected does not matter.</summary>
    [LibraryImport("libc", EntryPoint = "shutdown")]
    public static partial int Shutdown(int socket, int how);

    private static void Set(Socket socket, int level, int option, int value) =>
        socket.SetRawSocketOption(level, option, new ReadOnlySpan<byte>(&value, sizeof(int)));

    /// <summary>struct mmsghdr</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MessageBatchHeader
    {
        public byte* Name;
        public uint NameLength;
        public Buffer* Buffers;
        public nuint BufferCount;
        public byte* Control;
        public nuint ControlLength;

        /// <summary>32 bits, and the padding at the end of struct msghdr.</summary>
        public ulong Flags;
        public uint Length;
        private readonly uint _padding;
    }

    /// <summary>struct iovec</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Buffer
    {
        public byte* Start;
        public nuint Length;
    }
}
