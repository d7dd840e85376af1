using System.Management.Automation;
using System.Runtime.Versioning;
using ManagedDns.Commands;

namespace ManagedDns.Services;

/// <summary>Services of systemd: a unit file, and a user of its own.</summary>
internal sealed class SystemdServices(Action<string, string[]> run) : ServiceManager(run)
{
    private const string UsualUser = "managed-dns";
    private const string Units = "/etc/systemd/system";

    /// <summary>There where systemd runs the machine.</summary>
    private const string Running = "/run/systemd/system";

    private const string Elsewhere =
        "Install the module for all users (Install-PSResource -Scope AllUsers, or copy it to /usr/local/share/powershell/Modules), and give a store such "
        + "as /var/lib/manageddns with -StorePath.";

    /// <summary>PrivateTmp.</summary>
    private static readonly string[] s_temporary = ["/tmp/", "/var/tmp/"];

    public override string Place(string name) => $"{Units}/{name}.service";

    public override void Require()
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists(Running))
        {
            throw new ServerException(
                "NotSupported", ErrorCategory.NotImplemented, "systemd does not run this machine.",
                "Run the server with Start-SecondaryServer, in a container with Start-SecondaryServer -Foreground, or under the machine's own service "
                + "manager: managed-dnsd --store <folder> --foreground.");
        }

        if (!Environment.IsPrivilegedProcess)
        {
            throw new ServerException(
                "NotPermitted", ErrorCategory.PermissionDenied, "Services of the system are root's to change.", "Run PowerShell as root.");
        }
    }

    public override bool Has(string name) => File.Exists(Place(name));

    public override string? ServiceOf(string store)
    {
        if (!Directory.Exists(Running))
        {
            return null;
        }

        var arguments = SystemdUnit.Arguments(store);
        var unit = Directory.EnumerateFiles(Units, "*.service").FirstOrDefault(unit => Runs(unit, arguments));
        return Path.GetFileNameWithoutExtension(unit);
    }

    public override (string Message, string Remedy)? Obstacle(ServiceOrder order)
    {
        foreach (var path in new[] { order.Store, order.Program })
        {
            if (s_temporary.FirstOrDefault(folder => path.StartsWith(folder, StringComparison.Ordinal)) is { } temporary)
            {
                return ($"The service cannot see '{path}': it has a {temporary.TrimEnd('/')} of its own.", Elsewhere);
            }

            if (!OperatingSystem.IsWindows() && (order.User ?? UsualUser) != "root" && Closed(path) is { } closed)
            {
                return ($"The service's user '{order.User ?? UsualUser}' cannot reach '{path}': others may not enter '{closed}'.", Elsewhere);
            }
        }

        return null;
    }

    public override void Start(string name) => Run("systemctl", "start", name);

    public override string Text(ServiceOrder order) => new SystemdUnit(order.Program, order.Store, order.User ?? UsualUser).Text;

    public override void Register(ServiceOrder order, bool start)
    {
        var user = order.User ?? UsualUser;
        if (!File.ReadLines("/etc/passwd").Any(line => line.StartsWith(user + ":", StringComparison.Ordinal)))
        {
            Run("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", order.Store, "--shell", "/usr/sbin/nologin", user);
        }

        File.WriteAllText(Place(order.Name), Text(order));
        Run("systemctl", "daemon-reload");
        Run("systemctl", [.. start ? (string[])["enable", "--now"] : ["enable"], order.Name]);
    }

    public override void Unregister(string name)
    {
        Run("systemctl", "disable", "--now", name);
        File.Delete(Place(name));
        Run("systemctl", "daemon-reload");
    }

    private static bool Runs(string unit, string arguments)
    {
        try
        {
            return File.ReadLines(unit).Any(
                line => line.StartsWith("ExecStart=", StringComparison.Ordinal) && line.EndsWith(arguments, StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A link to nowhere, or a unit that is somebody's secret: not one of ours.
            return false;
        }
    }

    /// <summary>The first folder on the way to a path that only its owner may enter; those of a store that is not there yet are made by us.</summary>
    [UnsupportedOSPlatform("windows")]
    private static string? Closed(string path)
    {
        var folders = new Stack<string>();
        for (var folder = Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            folders.Push(folder);
        }

        return folders.FirstOrDefault(folder => Directory.Exists(folder) && !File.GetUnixFileMode(folder).HasFlag(UnixFileMode.OtherExecute));
    }
}
