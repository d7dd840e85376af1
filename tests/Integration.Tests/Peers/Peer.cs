using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Integration.Tests.Asking;

namespace ManagedDns.Integration.Tests.Peers;

/// <summary>
/// A real name server of another project, on a port and in a folder of its own, as primary or as secondary. Nothing of the system's own
/// configuration is read or written. Disposing it ends the process and removes the folder.
/// </summary>
public abstract class Peer : IAsyncDisposable
{
    private const int StartAttempts = 3;

    private PeerProcess? _process;

    protected Peer(PeerKind kind, PeerSetup setup)
    {
        Kind = kind;
        Setup = setup;
        EndPoint = setup.ListenOn ?? LoopbackPort.Free();
        Program = InstalledPeers.Require(kind);
        Folder = Directory.CreateTempSubdirectory($"managed-dns-{kind.ToString().ToLowerInvariant()}-").FullName;
    }

    public PeerKind Kind { get; }

    public PeerSetup Setup { get; }

    public IPEndPoint EndPoint { get; private set; }

    /// <summary>Where it serves over TLS, with <see cref="PeerSetup.Tls"/>.</summary>
    public IPEndPoint TlsEndPoint { get; private set; } = LoopbackPort.Free();

    /// <summary>What the server has printed so far, for messages of failed tests.</summary>
    public string Log => $"{Kind} on {EndPoint}:{Environment.NewLine}{_process?.Log}";

    protected string Program { get; set; }

    protected string Folder { get; }

    /// <summary>Starts a peer and waits until its primary zones answer.</summary>
    public static async Task<Peer> StartAsync(PeerKind kind, PeerSetup setup, CancellationToken cancellation)
    {
        Peer peer = kind switch
        {
            PeerKind.Bind => new BindPeer(setup),
            PeerKind.Nsd => new NsdPeer(setup),
            PeerKind.Knot => new KnotPeer(setup),
            _ => new PowerDnsPeer(setup),
        };
        try
        {
            await peer.StartAsync(cancellation);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives a primary zone new content and tells the server to read it; NOTIFY follows when the serial is newer.</summary>
    public async Task ChangeAsync(DomainName zone, string text, CancellationToken cancellation)
    {
        await WriteZoneAsync(Setup.Zones.Single(z => z.Name == zone) with { Text = text }, cancellation);
        await ReloadAsync(zone, _process!, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        await Eventually.TrueAsync(() => TryDelete(Folder), () => $"{Folder} cannot be removed. {Log}", CancellationToken.None);
        GC.SuppressFinalize(this);
    }

    /// <summary>Writes the configuration for <see cref="EndPoint"/> and gives the arguments that start the server in the foreground with it.</summary>
    private protected abstract Task<string[]> ConfigureAsync(CancellationToken cancellation);

    private protected virtual Task ReloadAsync(DomainName zone, PeerProcess process, CancellationToken cancellation)
    {
        process.Reload();
        return Task.CompletedTask;
    }

    /// <summary>The key's algorithm as all four name it.</summary>
    protected static string AlgorithmOf(TsigKey key) => key.Algorithm.ToString().ToLowerInvariant().Replace("hmac", "hmac-", StringComparison.Ordinal);

    /// <summary>An address as Knot and NSD write it.</summary>
    protected static string At(IPEndPoint endPoint) => $"{endPoint.Address}@{endPoint.Port}";

    protected static string NameOf(TsigKey key) => key.Name.ToDisplayString();

    protected static string SecretOf(TsigKey key) => Convert.ToBase64String(key.Secret.Span);

    protected string PathOf(string file) => Path.Combine(Folder, file);

    protected Task WriteAsync(string file, string text, CancellationToken cancellation) => File.WriteAllTextAsync(PathOf(file), text, cancellation);

    private async Task StartAsync(CancellationToken cancellation)
    {
        foreach (var zone in Setup.Zones.Where(z => z.Text is not null))
        {
            await WriteZoneAsync(zone, cancellation);
        }

        if (Setup.Tls is { } tls)
        {
            await WriteAsync("certificate.pem", tls.Certificate, cancellation);
            await WriteAsync("key.pem", tls.Key, cancellation);
            await WriteAsync("authority.pem", tls.Authority, cancellation);
        }

        for (var attempt = 1; ; attempt++)
        {
            _process = PeerProcess.Start(Program, Folder, await ConfigureAsync(cancellation));
            foreach (var zone in Setup.Zones.Where(z => z.Text is not null))
            {
                await Eventually.TrueAsync(
                    async c => _process.HasExited || await Exchange.SerialAsync(EndPoint, zone.Name, c) is not null, () => $"{zone.Name} does not answer. {Log}", cancellation);
            }

            if (!_process.HasExited)
            {
                return;
            }

            // Another test run may have taken the port between our look and the server's bind.
            if (attempt == StartAttempts || Setup.ListenOn is not null)
            {
                throw new InvalidOperationException($"The server ended by itself. {Log}");
            }

            await _process.DisposeAsync();
            (EndPoint, TlsEndPoint) = (LoopbackPort.Free(), LoopbackPort.Free());
        }
    }

    /// <summary>False: a process of the server still writes in it.</summary>
    private static bool TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
        }
        catch (IOException)
        {
            return false;
        }

        return true;
    }

    /// <summary>By renaming, so that a server that looks meanwhile never reads half a file.</summary>
    private async Task WriteZoneAsync(PeerZone zone, CancellationToken cancellation)
    {
        await WriteAsync($"{zone.FileName}.new", zone.Text!, cancellation);
        File.Move(PathOf($"{zone.FileName}.new"), PathOf(zone.FileName), overwrite: true);
    }
}
