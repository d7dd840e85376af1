using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ManagedDns.Integration.Tests.Paths;

/// <summary>A network interface whose packets this process reads and writes (TUN). It goes with the handle.</summary>
internal sealed partial class TunDevice : IDisposable
{
    private const ulong SetInterface = 0x4004_54CA;
    private const short WithoutHeader = 0x0001 | 0x1000;
    private const short Readable = 1;
    private const int NameLength = 16;

    private readonly SafeFileHandle _handle;

    private TunDevice(SafeFileHandle handle, string name) => (_handle, Name) = (handle, name);

    public string Name { get; }

    /// <exception cref="IOException">This system or user may not.</exception>
    public static TunDevice Open(string name)
    {
        var handle = File.OpenHandle("/dev/net/tun", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var request = new byte[NameLength + 24];
        Encoding.ASCII.GetBytes(name, request);
        BitConverter.TryWriteBytes(request.AsSpan(NameLength), WithoutHeader);
        if (Control(handle, SetInterface, request) != 0)
        {
            var error = Marshal.GetLastPInvokeErrorMessage();
            handle.Dispose();
            throw new IOException($"{name} could not be made: {error}");
        }

        return new(handle, name);
    }

    /// <summary>One packet; 0 when none came within the time.</summary>
    public int Read(byte[] packet, TimeSpan patience)
    {
        var wanted = new Wanted { Descriptor = (int)_handle.DangerousGetHandle(), Events = Readable, Returned = 0 };
        return Poll(ref wanted, 1, (int)patience.TotalMilliseconds) > 0 ? (int)Math.Max(0, Read(_handle, packet, packet.Length)) : 0;
    }

    public void Write(byte[] packet) => _ = Write(_handle, packet, packet.Length);

    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, ulong request, Span<byte> argument);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref Wanted wanted, ulong count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle file, Span<byte> buffer, nint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle file, ReadOnlySpan<byte> buffer, nint length);

    private struct Wanted
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
