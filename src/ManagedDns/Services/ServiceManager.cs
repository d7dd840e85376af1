namespace ManagedDns.Services;

/// <summary>What runs services on a machine.</summary>
public enum ServiceManagerKind
{
    Systemd, Windows,
}

/// <summary>What is to be run as a service.</summary>
/// <param name="Name">The service's own name: another one for each store of a machine.</param>
/// <param name="Program">managed-dnsd's absolute path.</param>
/// <param name="Store">The store's folder.</param>
/// <param name="User">Whom the server runs as; null: the usual one.</param>
internal sealed record ServiceOrder(string Name, string Program, string Store, string? User);

/// <summary>Gives the server to what runs services on this machine, and takes it back.</summary>
/// <param name="run">Runs a program with arguments; one that fails is an exception.</param>
internal abstract class ServiceManager(Action<string, string[]> run)
{
    public static ServiceManagerKind Here => OperatingSystem.IsWindows() ? ServiceManagerKind.Windows : ServiceManagerKind.Systemd;

    public static ServiceManager Of(ServiceManagerKind kind, Action<string, string[]> run) =>
        kind == ServiceManagerKind.Windows ? new WindowsServices(run) : new SystemdServices(run);

    /// <summary>Where the service is written down, for people.</summary>
    public abstract string Place(string name);

    /// <summary>Makes sure that it runs this machine and that we may change its services.</summary>
    /// <exception cref="Commands.ServerException">NotSupported, NotPermitted.</exception>
    public abstract void Require();

    public abstract bool Has(string name);

    /// <summary>The name of the service that runs the server of this store; null: none does.</summary>
    public abstract string? ServiceOf(string store);

    /// <summary>Why a service could not run that server, and what to do; null: nothing is known.</summary>
    public virtual (string Message, string Remedy)? Obstacle(ServiceOrder order) => null;

    /// <summary>Starts a service that is registered.</summary>
    public abstract void Start(string name);

    /// <summary>What registers the service, as a file that it can be registered by elsewhere.</summary>
    public abstract string Text(ServiceOrder order);

    /// <param name="start">Now, not only at the next boot.</param>
    public abstract void Register(ServiceOrder order, bool start);

    /// <summary>Stops it and takes it away.</summary>
    public abstract void Unregister(string name);

    protected void Run(string program, params string[] arguments) => run(program, arguments);
}
