using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ManagedDns.Settings;

/// <summary>The server's program: where it lies, and how it is started and ended as a process.</summary>
internal static partial class Daemon
{
    public const string EnvironmentVariable = "MANAGEDDNS_DAEMON";

    private const int SigTerm = 15;

    private static string FileName => OperatingSystem.IsWindows() ? "managed-dnsd.exe" : "managed-dnsd";

    /// <summary>The places where the program is looked for, best first.</summary>
    public static IReadOnlyList<string> Places()
    {
        if (Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } given)
        {
            return [Path.GetFullPath(given)];
        }

        var module = Path.GetDirectoryName(typeof(Daemon).Assembly.Location)!;
        return [Path.Combine(module, "daemon", FileName), Path.GetFullPath(Path.Combine(module, "..", "daemon", FileName))];
    }

    public static string? Find() => Places().FirstOrDefault(File.Exists);

    /// <param name="captured">Its output is for us, and it gets no terminal; else it has ours.</param>
    public static ProcessStartInfo StartInfo(string program, string store, string mode, bool captured) => new(program)
    {
        ArgumentList = { "--store", store, mode },
        UseShellExecute = false,
        RedirectStandardInput = captured,
        RedirectStandardOutput = captured,
        RedirectStandardError = captured,
    };

    /// <summary>Asks a process to end. Windows has no such thing between processes: there it is ended.</summary>
    public static void Terminate(Process process)
    {
        if (OperatingSystem.IsWindows())
        {
            process.Kill();
        }
        else if (Kill(process.Id, SigTerm) != 0)
        {
            throw new System.ComponentModel.Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
