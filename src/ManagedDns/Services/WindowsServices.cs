using System.Diagnostics;
using System.Management.Automation;
using System.Runtime.Versioning;
using System.Security;
using ManagedDns.Commands;
using Microsoft.Win32;

namespace ManagedDns.Services;

/// <summary>
/// Services of Windows, by its own sc.exe and icacls.exe. The server runs as the service's virtual account (NT SERVICE\name): it has no password and
/// no rights but to the store; ports below 1024 need none on Windows. Warnings and errors of the server go to the log of the system too: such an
/// account may write there, but only an administrator may make a source known.
/// </summary>
internal sealed class WindowsServices(Action<string, string[]> run) : ServiceManager(run)
{
    private const string Sc = "sc.exe";
    private const string Services = @"SYSTEM\CurrentControlSet\Services";

    /// <summary>The source that the server writes to the event log as: its program's name.</summary>
    private const string EventSource = $@"HKLM\{Services}\EventLog\Application\managed-dnsd";

    /// <summary>A server is stopped by then, or ended.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    public override string Place(string name) => $"Windows service '{name}'";

    public override void Require()
    {
        if (!OperatingSystem.IsWindows())
        {
            throw new ServerException(
                "NotSupported", ErrorCategory.NotImplemented, "This machine is not run by Windows.",
                "Register-SecondaryServer without -For registers it here.");
        }

        if (!Environment.IsPrivilegedProcess)
        {
            throw new ServerException(
                "NotPermitted", ErrorCategory.PermissionDenied, "Services of the system are an administrator's to change.",
                "Run PowerShell as administrator.");
        }
    }

    public override bool Has(string name) => Try(Sc, "query", name);

    public override string? ServiceOf(string store) => OperatingSystem.IsWindows() ? Registered(store) : null;

    public override (string Message, string Remedy)? Obstacle(ServiceOrder order)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + Path.DirectorySeparatorChar;
        return order.Program.StartsWith(home, StringComparison.OrdinalIgnoreCase)
            ? ($"The service's account '{AccountOf(order)}' cannot run '{order.Program}': it lies in a folder of one user, closed to others.",
                @"Install the module for all users: Install-PSResource -Scope AllUsers, or copy it to a folder such as C:\Program Files\PowerShell\Modules.")
            : null;
    }

    public override void Start(string name) => Run(Sc, "start", name);

    public override string Text(ServiceOrder order) => string.Join(
        "\r\n",
        [
            "# Written by Register-SecondaryServer of the PowerShell module ManagedDns. Run it in PowerShell 7, as administrator.",
            "$PSNativeCommandUseErrorActionPreference = $true; $ErrorActionPreference = 'Stop'",
            .. Lines(order, "create").Append([Sc, "start", order.Name]).Select(line => string.Join(' ', ["&", .. line.Select(Literal)])),
            "",
        ]);

    /// <summary>One that is there already is changed to what is ordered, as a unit of systemd is.</summary>
    public override void Register(ServiceOrder order, bool start)
    {
        var isNew = !Has(order.Name);
        if (!isNew && CommandOf(order.Name) is { } command && !command.Contains("managed-dnsd", StringComparison.OrdinalIgnoreCase))
        {
            throw new ServerException(
                "NameTaken", ErrorCategory.ResourceExists, $"There is a service '{order.Name}' already, and it is another program's: {command}",
                "Give another name with -ServiceName.");
        }

        try
        {
            foreach (var line in Lines(order, isNew ? "create" : "config"))
            {
                Run(line[0], line[1..]);
            }
        }
        catch (ServerException) when (isNew)
        {
            // Not half a service, which the next boot would start.
            Try(Sc, "delete", order.Name);
            throw;
        }

        if (start)
        {
            Start(order.Name);
        }
    }

    public override void Unregister(string name)
    {
        // It may not run. One that is deleted while it stops goes when it has ended.
        Try(Sc, "stop", name);
        Run(Sc, "delete", name);
        var started = Stopwatch.GetTimestamp();
        while (Has(name))
        {
            if (Stopwatch.GetElapsedTime(started) > s_patience)
            {
                throw new ServerException(
                    "StopTimeout", ErrorCategory.OperationTimeout, $"The service '{name}' is taken away, but its server does not stop.",
                    "managed-dnsd.log in the store's folder says what it does; the service goes when its process is ended.");
            }

            Thread.Sleep(s_look);
        }
    }

    /// <summary>The command lines, each a program and its arguments. sc.exe wants the = with the option and the value apart from it.</summary>
    /// <param name="verb"><c>create</c> or <c>config</c>.</param>
    private static IEnumerable<string[]> Lines(ServiceOrder order, string verb)
    {
        var account = AccountOf(order);
        var store = Path.TrimEndingDirectorySeparator(order.Store);
        var command = $"\"{order.Program}\"{Arguments(store)}";
        yield return
        [
            Sc, verb, order.Name, "binPath=", command, "start=", "auto", "depend=", "Tcpip", "obj=", account,
            "DisplayName=", "ManagedDns secondary name server",
        ];
        yield return [Sc, "description", order.Name, "Transfers zones from their primary name servers and answers for them."];

        // As the unit of systemd has it: started again when it fails, also where it ends by itself with an exit code.
        yield return [Sc, "failure", order.Name, "reset=", "86400", "actions=", "restart/2000/restart/2000/restart/60000"];
        yield return [Sc, "failureflag", order.Name, "1"];

        // The account exists once the service does.
        yield return ["icacls.exe", store, "/grant", $"{account}:(OI)(CI)F", "/T", "/Q"];
        yield return
        [
            "reg.exe", "add", EventSource, "/v", "EventMessageFile", "/t", "REG_SZ",
            "/d", $@"{Path.GetDirectoryName(order.Program)}\System.Diagnostics.EventLog.Messages.dll", "/f",
        ];
    }

    private static string AccountOf(ServiceOrder order) => order.User ?? $@"NT SERVICE\{order.Name}";

    /// <summary>No path has a quotation mark in it; a backslash before one would escape it.</summary>
    private static string Arguments(string store) => $" --store \"{Path.TrimEndingDirectorySeparator(store)}\" --foreground";

    [SupportedOSPlatform("windows")]
    private static string? Registered(string store)
    {
        using var services = Registry.LocalMachine.OpenSubKey(Services);
        var arguments = Arguments(store);
        return services?.GetSubKeyNames().FirstOrDefault(name => CommandOf(name)?.EndsWith(arguments, StringComparison.OrdinalIgnoreCase) == true);
    }

    /// <summary>The command line of a service; null where it has none that we may see.</summary>
    private static string? CommandOf(string name)
    {
        if (!OperatingSystem.IsWindows())
        {
            return null;
        }

        try
        {
            using var service = Registry.LocalMachine.OpenSubKey($@"{Services}\{name}");
            return service?.GetValue("ImagePath") as string;
        }
        catch (Exception e) when (e is SecurityException or UnauthorizedAccessException or IOException)
        {
            // Some of the system's own services are closed to all; or it was taken away meanwhile.
            return null;
        }
    }

    /// <returns>Whether the program did what it was asked.</returns>
    private bool Try(string program, params string[] arguments)
    {
        try
        {
            Run(program, arguments);
            return true;
        }
        catch (ServerException e) when (e.ErrorRecord.FullyQualifiedErrorId == "ServiceFailed")
        {
            return false;
        }
    }

    private static string Literal(string argument) => $"'{argument.Replace("'", "''", StringComparison.Ordinal)}'";
}
