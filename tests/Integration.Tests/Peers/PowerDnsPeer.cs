using ManagedDns.Dns;

namespace ManagedDns.Integration.Tests.Peers;

/// <summary>
/// PowerDNS Authoritative Server: primary zones from master files by its bind backend, secondary zones in SQLite, which is what follows IXFR.
/// It looks for changed serials every second, as primary and as secondary.
/// </summary>
internal sealed class PowerDnsPeer(PeerSetup setup) : Peer(PeerKind.PowerDns, setup)
{
    private const string Schema = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql";

    private bool IsPrimary => Setup.Zones.All(z => z.Text is not null);

    private protected override async Task<string[]> ConfigureAsync(CancellationToken cancellation)
    {
        await WriteAsync("pdns.conf", $"""
            launch={(IsPrimary ? "bind" : "gsqlite3")}
            {(IsPrimary ? $"bind-config={PathOf("named.conf")}\nbind-dnssec-db={PathOf("dnssec.db")}\nprimary=yes" : $"gsqlite3-database={PathOf("zones.db")}\ngsqlite3-dnssec=yes\nsecondary=yes")}
            daemon=no
            guardian=no
            socket-dir={Folder}
            local-address={EndPoint.Address}
            local-port={EndPoint.Port}
            security-poll-suffix=
            zone-cache-refresh-interval=0
            cache-ttl=0
            query-cache-ttl=0
            negquery-cache-ttl=0
            xfr-cycle-interval=1
            only-notify=
            {(Setup.NotifyTarget is { } to ? $"also-notify={to}" : "")}
            allow-axfr-ips={(Setup.AllowTransfer && Setup.Key is null ? "127.0.0.0/8" : "")}
            distributor-threads=1
            receiver-threads=1
            loglevel=5
            """, cancellation);
        await (IsPrimary ? WriteBindZonesAsync(cancellation) : WriteDatabaseAsync(cancellation));
        if (Setup.Pasted is not null)
        {
            // The lines are for a shell; here pdnsutil is told where the configuration lies. The kind of a zone of the bind backend stands in named.conf.
            var lines = string.Join('\n', Setup.Pasted.Split('\n').Where(l => !l.Contains("set-kind", StringComparison.Ordinal)));
            await WriteAsync("pasted", $"pdnsutil() {{ command {InstalledPeers.RequireProgram("pdnsutil")} --config-dir={Folder} \"$@\"; }}\n{lines}", cancellation);
            await PeerProcess.RunAsync("/bin/sh", Folder, cancellation, "-e", "pasted");
        }

        return [$"--config-dir={Folder}"];
    }

    private protected override Task ReloadAsync(DomainName zone, PeerProcess process, CancellationToken cancellation) => PeerProcess.RunAsync(
        InstalledPeers.RequireProgram("pdns_control"), Folder, cancellation, $"--config-dir={Folder}", "bind-reload-now", zone.ToDisplayString());

    private async Task WriteBindZonesAsync(CancellationToken cancellation)
    {
        await WriteAsync(
            "named.conf", string.Join('\n', Setup.Zones.Select(z => $"zone \"{z.Label}\" {{ type master; file \"{PathOf(z.FileName)}\"; }};")), cancellation);
        File.Delete(PathOf("dnssec.db"));
        await PeerProcess.RunAsync(InstalledPeers.RequireProgram("pdnsutil"), Folder, cancellation, $"--config-dir={Folder}", "create-bind-db", PathOf("dnssec.db"));
        var rows = Setup.Zones.SelectMany(z => Metadata(z).Select(m => $"insert into domainmetadata(domain,kind,content) values('{z.Label}','{m.Kind}','{m.Content}');"));
        await SqlAsync("dnssec.db", rows, cancellation);
    }

    private async Task WriteDatabaseAsync(CancellationToken cancellation)
    {
        File.Delete(PathOf("zones.db"));
        var rows = Setup.Zones.SelectMany(z => Metadata(z).Select(m =>
                $"insert into domainmetadata(domain_id,kind,content) select id,'{m.Kind}','{m.Content}' from domains where name='{z.Label}';")
            .Prepend($"insert into domains(name,master,type) values('{z.Label}','{Setup.Primary}','{(z.IsCatalog ? "CONSUMER" : "SLAVE")}');"));
        await SqlAsync("zones.db", [await File.ReadAllTextAsync(Schema, cancellation), .. rows], cancellation);
    }

    private async Task SqlAsync(string database, IEnumerable<string> statements, CancellationToken cancellation)
    {
        var keys = Setup.Key is { } key ? [$"insert into tsigkeys(name,algorithm,secret) values('{NameOf(key)}','{AlgorithmOf(key)}','{SecretOf(key)}');"] : Array.Empty<string>();
        await WriteAsync("rows.sql", string.Join('\n', [.. statements, .. keys]), cancellation);
        await PeerProcess.RunAsync(InstalledPeers.RequireProgram("sqlite3"), Folder, cancellation, database, ".read rows.sql");
    }

    private IEnumerable<(string Kind, string Content)> Metadata(PeerZone zone)
    {
        if (Setup.Key is { } key)
        {
            if (Setup.AllowTransfer)
            {
                yield return ("TSIG-ALLOW-AXFR", NameOf(key));
            }

            if (zone.Text is null)
            {
                yield return ("AXFR-MASTER-TSIG", NameOf(key));
            }
        }

        if (zone.Text is null)
        {
            // It follows catalogs by AXFR only: an IXFR of one ends in "not configured as slave" (4.7).
            if (!zone.IsCatalog)
            {
                yield return ("IXFR", "1");
            }

            yield break;
        }

        // The bind backend is told what it would learn by itself from a transfer; tests sign as RFC 9276 asks, without salt or iterations.
        if (zone.Text.Contains("RRSIG", StringComparison.Ordinal))
        {
            yield return ("PRESIGNED", "1");
        }

        if (zone.Text.Contains("NSEC3PARAM", StringComparison.Ordinal))
        {
            yield return ("NSEC3PARAM", zone.Text.Contains("NSEC3\t1 1", StringComparison.Ordinal) ? "1 1 0 -" : "1 0 0 -");
        }
    }
}
