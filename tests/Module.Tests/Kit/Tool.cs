using System.Diagnostics;

namespace ManagedDns.ModuleTests.Kit;

/// <summary>The programs with which other name servers check their configuration.</summary>
internal static class Tool
{
    /// <summary>Set to 1 where every tool must be there: a missing one then fails its test instead of skipping it.</summary>
    private const string RequireVariable = "MANAGEDDNS_REQUIRE_PEERS";

    private static readonly string[] s_folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator), "/usr/local/sbin", "/usr/sbin", "/sbin"];

    /// <summary>Runs a tool and gives what it printed; its exit code must be 0. A missing tool skips the test.</summary>
    public static async Task<string> RunAsync(string folder, string program, params string[] arguments)
    {
        var path = s_folders.Where(place => place.Length > 0).Select(place => Path.Combine(place, program)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null && Environment.GetEnvironmentVariable(RequireVariable) != "1", $"{program} is not installed.");
        Assert.NotNull(path);
        using var process = Process.Start(new ProcessStartInfo(path, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(TimeSpan.FromMinutes(4));
        var output = process.StandardOutput.ReadToEndAsync(bound.Token);
        var errors = process.StandardError.ReadToEndAsync(bound.Token);
        await process.WaitForExitAsync(bound.Token);
        var printed = await output + await errors;
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {printed}");
        return printed;
    }
}
