using System.Runtime.InteropServices;

namespace ManagedDns.Engine.Zones;

/// <summary>Asks Linux to back memory with huge pages. A wish: where it is not granted, nothing else changes.</summary>
internal static unsafe partial class HugePages
{
    private const int MadvHugePage = 14;

    public static void Advise(void* address, nuint bytes)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = MAdvise(address, bytes, MadvHugePage);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MAdvise(void* address, nuint bytes, int advice);
}
