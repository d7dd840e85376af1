using System.Runtime.InteropServices;

namespace ManagedDns.Engine.Transports;

/// <summary>The Linux system calls that move many datagrams at once, with the structures they take (64-bit layouts).</summary>
internal static unsafe partial class LinuxSockets
{
    /// <summary>recvmmsg: wait for the first message, then take what is there.</summary>
    public const int WaitForOne = 0x10000;

    public const int SocketLevel = 1;
    public const int ReusePort = 15;
    public const int IPLevel = 0;
    public const int IPv6Level = 41;
    public const int PacketInfo = 8;
    public const int ReceivePacketInfo6 = 49;
    public const int PacketInfo6 = 50;
    public const int MtuDiscover = 10;
    public const int MtuDiscover6 = 23;
    public const int DontFragment6 = 62;

    /// <summary>IP_PMTUDISC_PROBE: DF is set, and nobody can shrink what we send with forged ICMP.</summary>
    public const int MtuProbe = 3;

    public static bool IsSupported => OperatingSystem.IsLinux() && sizeof(nint) == 8;

    [LibraryImport("libc", EntryPoint = "recvmmsg")]
    public static partial int Receive(int socket, MessageBatchHeader* messages, uint count, int flags, void* timeout);

    [LibraryImport("libc", EntryPoint = "sendmmsg")]
    public static partial int Send(int socket, MessageBatchHeader* messages, uint count, int flags);

    /// <summary>Wakes who is blocked in a call on the socket; that UDP is not connected does not matter.</summary>
    [LibraryImport("libc", EntryPoint = "shutdown")]
    public static partial int Shutdown(int socket, int how);

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
        public int Flags;
        public uint Length;
        private readonly ulong _padding;
    }

    /// <summary>struct iovec</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Buffer
    {
        public byte* Start;
        public nuint Length;
    }
}
