using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace ManagedDns.Daemon;

/// <summary>How a process leaves the terminal and session that it was started from.</summary>
internal static partial class Detachment
{
    private const int ReadWrite = 2;

    /// <summary>A session of its own: the hang-up of the old one's terminal is none of its business.</summary>
    public static void LeaveSession()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // It fails where the process leads its group already; then it has no session to leave but its own.
        _ = SetSid();

        // A working directory would keep its file system from being unmounted.
        Directory.SetCurrentDirectory("/");
    }

    /// <summary>Closes standard input, output and error: whoever reads them sees the end.</summary>
    public static void CloseStandardStreams()
    {
        if (OperatingSystem.IsWindows())
        {
            Console.Out.Close();
            Console.Error.Close();
        }
        else
        {
            // Not merely closed: the next file or socket would get the number, and a stray write would go there.
            RedirectToNull();
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static void RedirectToNull()
    {
        var nothing = Open("/dev/null", ReadWrite);
        for (var descriptor = 0; descriptor <= 2; descriptor++)
        {
            if (nothing < 0 || Dup2(nothing, descriptor) < 0)
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError());
            }
        }

        if (nothing > 2)
        {
            _ = Close(nothing);
        }
    }

    [LibraryImport("libc", EntryPoint = "setsid")]
    private static partial int SetSid();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Dup2(int from, int to);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
