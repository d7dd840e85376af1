using System.Management.Automation;
using ManagedDns.Commands;

namespace ManagedDns.Services;

/// <summary>Services of systemd: a unit file, and a user of its own.</summary>
internal sealed class SystemdServices(Action<string, string[]> run) : ServiceManager(run)
{
    private const string UsualUser = "managed-dns";

    public override string Place(string name) => $"/etc/systemd/system/{name}.service";

    public override void Require()
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/run/systemd/system"))
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
}
