using System.Management.Automation;
using System.Runtime.Versioning;
using ManagedDns.Commands;
using Microsoft.Win32;

namespace ManagedDns.Services;

/// <summary>
/// Services of Windows, by its own sc.exe and icacls.exe. The server runs as the service's virtual account (NT SERVICE\name): it has no password and
/// no rights but to the store; ports below 1024 need none on Windows. What is composed here is tested, but has not been run on Windows yet.
/// </summary>
internal sealed class WindowsServices(Action<string, string[]> run) : ServiceManager(run)
{
    private const string Sc = "sc.exe";

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

    public override bool Has(string name)
    {
        try
        {
            Run(Sc, "query", name);
            return true;
        }
        catch (ServerException e) when (e.ErrorRecord.FullyQualifiedErrorId == "ServiceFailed")
        {
            return false;
        }
    }

    public override string? ServiceOf(string store) => OperatingSystem.IsWindows() ? Registered(store) : null;

    public override void Start(string name) => Run(Sc, "start", name);

    public override string Text(ServiceOrder order) => string.Join(
        "\r\n",
        [
            "# Written by Register-SecondaryServer of the PowerShell module ManagedDns. Run it in PowerShell 7, as administrator.",
            "$PSNativeCommandUseErrorActionPreference = $true; $ErrorActionPreference = 'Stop'",
            .. Lines(order, start: true).Select(line => string.Join(' ', ["&", .. line.Select(Literal)])),
            "",
        ]);

    public override void Register(ServiceOrder order, bool start)
    {
        foreach (var line in Lines(order, start))
        {
            Run(line[0], line[1..]);
        }
    }

    public override void Unregister(string name)
    {
        try
        {
            Run(Sc, "stop", name);
        }
        catch (ServerException e) when (e.ErrorRecord.FullyQualifiedErrorId == "ServiceFailed")
        {
            // It did not run. Where it could not be stopped it is marked for deletion, and goes when it ends.
        }

        Run(Sc, "delete", name);
    }

    /// <summary>The command lines, each a program and its arguments. sc.exe wants the = with the option and the value apart from it.</summary>
    private static IEnumerable<string[]> Lines(ServiceOrder order, bool start)
    {
        var account = order.User ?? $@"NT SERVICE\{order.Name}";

        var store = Path.TrimEndingDirectorySeparator(order.Store);
        var command = $"\"{order.Program}\"{Arguments(store)}";
        yield return
        [
            Sc, "create", order.Name, "binPath=", command, "start=", "auto", "depend=", "Tcpip", "obj=", account,
            "DisplayName=", "ManagedDns secondary name server",
        ];
        yield return [Sc, "description", order.Name, "Transfers zones from their primary name servers and answers for them."];

        // As the unit of systemd has it: started again when it fails, also where it ends by itself with an exit code.
        yield return [Sc, "failure", order.Name, "reset=", "86400", "actions=", "restart/2000/restart/2000/restart/60000"];
        yield return [Sc, "failureflag", order.Name, "1"];

        // The account exists once the service does.
        yield return ["icacls.exe", store, "/grant", $"{account}:(OI)(CI)F", "/T", "/Q"];
        if (start)
        {
            yield return [Sc, "start", order.Name];
        }
    }

    /// <summary>No path has a quotation mark in it; a backslash before one would escape it.</summary>
    private static string Arguments(string store) => $" --store \"{Path.TrimEndingDirectorySeparator(store)}\" --foreground";

    [SupportedOSPlatform("windows")]
    private static string? Registered(string store)
    {
        using var services = Registry.LocalMachine.OpenSubKey(@"SYSTEM\CurrentControlSet\Services");
        return services?.GetSubKeyNames().FirstOrDefault(name =>
        {
            using var service = services.OpenSubKey(name);
            return service?.GetValue("ImagePath") is string command && command.EndsWith(Arguments(store), StringComparison.OrdinalIgnoreCase);
        });
    }

    private static string Literal(string argument) => $"'{argument.Replace("'", "''", StringComparison.Ordinal)}'";
}
