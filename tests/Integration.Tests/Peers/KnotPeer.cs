namespace ManagedDns.Integration.Tests.Peers;

/// <summary>Knot DNS. Zones read again after a change are compared, so that IXFR is served.</summary>
internal sealed class KnotPeer(PeerSetup setup) : Peer(PeerKind.Knot, setup)
{
    private protected override async Task<string[]> ConfigureAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(PathOf("db"));
        await WriteAsync("knot.conf", $"""
            server:
                rundir: {Folder}
                listen: {At(EndPoint)}
                udp-workers: 1
                tcp-workers: 1
                background-workers: 1
            database:
                storage: {PathOf("db")}
                journal-db-max-size: 64M
                kasp-db-max-size: 16M
                timer-db-max-size: 16M
            log:
              - target: stderr
                any: info
            {(Setup.CookieSecret is { } secret ? $"mod-cookies:\n  - id: shared\n    secret: 0x{secret}" : "")}
            template:
              - id: default
                {(Setup.CookieSecret is null ? "" : "global-module: mod-cookies/shared")}
                storage: {Folder}
                semantic-checks: off
                journal-content: changes
                journal-max-usage: 8M
            {Setup.Pasted ?? OwnZones()}
            """, cancellation);
        return ["-c", "knot.conf"];
    }

    private string OwnZones()
    {
        var key = Setup.Key;
        var signed = key is null ? "" : $"\n    key: {NameOf(key)}";
        var zones = Setup.Zones.Select(z => z.Text is not null
            ? $"  - domain: \"{z.Name}\"\n    file: {z.FileName}\n    zonefile-load: difference\n    zonefile-sync: -1"
                + (Setup.AllowTransfer ? "\n    acl: transfer" : "") + (Setup.NotifyTarget is null ? "" : "\n    notify: target")
            : $"  - domain: \"{z.Name}\"\n    file: {z.FileName}\n    master: primary\n    acl: [ transfer, notify ]");
        return $"""
            {(key is null ? "" : $"key:\n  - id: {NameOf(key)}\n    algorithm: {AlgorithmOf(key)}\n    secret: {SecretOf(key)}")}
            remote:
              - id: primary
                address: {At(Setup.Primary ?? EndPoint)}{signed}
              - id: target
                address: {At(Setup.NotifyTarget ?? EndPoint)}{signed}
            acl:
              - id: transfer
                address: 127.0.0.0/8
                action: transfer{signed}
              - id: notify
                address: 127.0.0.0/8
                action: notify{signed}
            zone:
            {string.Join('\n', zones)}
            """;
    }
}
