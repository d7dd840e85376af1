namespace ManagedDns.Integration.Tests.Peers;

/// <summary>NSD. Zones read again after a change are compared, so that IXFR is served.</summary>
internal sealed class NsdPeer(PeerSetup setup) : Peer(PeerKind.Nsd, setup)
{
    private protected override async Task<string[]> ConfigureAsync(CancellationToken cancellation)
    {
        var key = Setup.Key;
        var keyName = key is null ? "NOKEY" : NameOf(key);
        var zones = Setup.Zones.Select(z => $"""
            zone:
                name: "{z.Label}"
                zonefile: "{z.FileName}"
                store-ixfr: yes
                create-ixfr: {(z.Text is null ? "no" : "yes")}
                {(Setup.AllowTransfer ? $"provide-xfr: 127.0.0.0/8 {keyName}" : "")}
                {(Setup.NotifyTarget is { } to ? $"notify: {At(to)} {keyName}" : "")}
                {(z.Text is null ? $"request-xfr: {At(Setup.Primary!)} {keyName}{(Setup.Tls is { FollowsOverTls: true } ? " upstream" : "")}" : "")}
                {(z.Text is null ? $"allow-notify: 127.0.0.0/8 {keyName}" : "")}
            """);
        var keyText = key is null ? "" : $"key:\n    name: \"{NameOf(key)}\"\n    algorithm: {AlgorithmOf(key)}\n    secret: \"{SecretOf(key)}\"";
        await WriteAsync("nsd.conf", $"""
            server:
                ip-address: {At(EndPoint)}
                {string.Join("\n    ", ServerTls())}
                server-count: 1
                username: ""
                chroot: ""
                database: ""
                zonesdir: "{Folder}"
                pidfile: "{PathOf("nsd.pid")}"
                xfrdfile: "{PathOf("xfrd.state")}"
                xfrdir: "{Folder}"
                zonelistfile: "{PathOf("zone.list")}"
                zonefiles-write: 1
                xfrd-reload-timeout: 0
                rrl-ratelimit: 0
                rrl-whitelist-ratelimit: 0
                minimal-responses: yes
                verbosity: 2
                {(Setup.CookieSecret is { } secret ? $"answer-cookie: yes\n    cookie-secret: \"{secret}\"" : "")}
            remote-control:
                control-enable: no
            {PrimaryTls()}
            {Setup.Pasted ?? $"{keyText}\n{string.Join('\n', zones)}"}
            """, cancellation);
        return ["-d", "-c", "nsd.conf"];
    }

    private IEnumerable<string> ServerTls() => Setup.Tls is null ? [] :
    [
        $"ip-address: {At(TlsEndPoint)}", $"tls-port: {TlsEndPoint.Port}", $"tls-service-pem: \"{PathOf("certificate.pem")}\"",
        $"tls-service-key: \"{PathOf("key.pem")}\"", $"tls-cert-bundle: \"{PathOf("authority.pem")}\"",
    ];

    private string PrimaryTls() => Setup.Tls is not { } tls ? "" : $"""
        tls-auth:
            name: upstream
            auth-domain-name: "{tls.PrimaryName}"
            {(tls.ShowsCertificate ? $"client-cert: \"{PathOf("certificate.pem")}\"\n    client-key: \"{PathOf("key.pem")}\"" : "")}
        """;
}
