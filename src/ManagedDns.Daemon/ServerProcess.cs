using System.Reflection;
using System.Runtime.InteropServices;
using ManagedDns.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.EventLog;

namespace ManagedDns.Daemon;

/// <summary>The server as a process: its host, its logs, its signals, and what it says when it starts or cannot.</summary>
internal static class ServerProcess
{
    /// <summary>Without what the build adds behind it.</summary>
    public static string Version { get; } =
        typeof(ServerProcess).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static async Task<int> RunAsync(DaemonOptions options)
    {
        var detached = options.Mode == DaemonMode.Detached;
        if (detached)
        {
            Detachment.LeaveSession();
        }

        var host = BuildHost(options, detached);
        await using var disposing = ((IAsyncDisposable)host).ConfigureAwait(false);
        using var hangUp = OnHangUp(host, ignored: detached);
        try
        {
            await host.StartAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            var report = StartReport.Failed(e);
            Tell(report, detached);
            TellEventLog(host, report);
            return ExitCode.Failed;
        }

        if (detached)
        {
            Tell(StartReport.Running(host.Services.GetServices<IHostedService>().OfType<ServerHost>().Single().EndPoints), detached);
            Detachment.CloseStandardStreams();
        }

        await host.WaitForShutdownAsync().ConfigureAwait(false);
        return ExitCode.Success;
    }

    private static IHost BuildHost(DaemonOptions options, bool detached)
    {
        // What the host would log of a start that failed, this process says itself, without a stack.
        // Empty: no configuration files, no environment; the store has the settings.
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.None);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(options);
        builder.Services.AddSingleton<ILoggerProvider>(_ => new FileLog(StoreFolder.LogFile(options.Store), TimeProvider.System));
        if (!detached)
        {
            builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        }

        builder.Services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        builder.Services.AddHostedService<ServerHost>();

        // Where the service manager of Windows started this process; nothing elsewhere. The event log is for what somebody should look at.
        builder.Services.AddWindowsService();
        if (OperatingSystem.IsWindows())
        {
            builder.Logging.AddFilter<EventLogLoggerProvider>(
                (category, level) => level >= LogLevel.Warning && category?.StartsWith("Microsoft", StringComparison.Ordinal) != true);
        }

        return builder.Build();
    }

    /// <summary>A closed terminal ends what runs in it, cleanly; a detached server has none.</summary>
    private static PosixSignalRegistration OnHangUp(IHost host, bool ignored) => PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
    {
        signal.Cancel = true;
        if (!ignored)
        {
            host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        }
    });

    /// <summary>Nobody reads the standard error of a Windows service, and a store that could not be opened has no log.</summary>
    private static void TellEventLog(IHost host, StartReport report)
    {
        if (OperatingSystem.IsWindows())
        {
            host.Services.GetServices<ILoggerProvider>().OfType<EventLogLoggerProvider>().FirstOrDefault()
                ?.CreateLogger(nameof(ServerProcess)).LogError("{Message} {Remedy}", report.Message, report.Remedy);
        }
    }

    private static void Tell(StartReport report, bool detached)
    {
        if (detached)
        {
            Console.Out.WriteLine(report);
        }
        else
        {
            Console.Error.WriteLine($"managed-dnsd: {report.Message} {report.Remedy}");
        }
    }
}
