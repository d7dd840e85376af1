namespace ManagedDns.Integration.Tests.Peers;

/// <summary>BIND 9. Zones read again after a change are compared, so that IXFR is served.</summary>
internal sealed class BindPeer(PeerSetup setup) : Peer(PeerKind.Bind, setup)
{
    private protected override async Task<string[]> ConfigureAsync(CancellationToken cancellation)
    {
        var key = Setup.Key;
        var signed = key is null ? "" : $" key \"{NameOf(key)}\"";
        var transfer = !Setup.AllowTransfer ? "none;" : key is null ? "127.0.0.0/8;" : $"key \"{NameOf(key)}\";";
        var over = Setup.Tls is null or { FollowsOverTls: true } ? "" : $" port {TlsEndPoint.Port} transport tls";
        var follow = Setup.Tls is { FollowsOverTls: true } ? " tls upstream" : "";
        var listen = Setup.Tls is null ? "" : $"listen-on port {TlsEndPoint.Port} tls own {{ {TlsEndPoint.Address}; }};";
        var notify = Setup.NotifyTarget is { } to ? $"notify explicit; also-notify {{ {to.Address} port {to.Port}{signed}; }};" : "notify no;";
        var zones = Setup.Zones.Select(z => z.Text is not null
            ? $"zone \"{z.Name}\" {{ type primary; file \"{z.FileName}\"; }};"
            : $"zone \"{z.Name}\" {{ type secondary; file \"{z.FileName}\"; primaries {{ {Setup.Primary!.Address} port {Setup.Primary.Port}{signed}{follow}; }}; }};");
        var keyText = key is null ? "" : $"key \"{NameOf(key)}\" {{ algorithm {AlgorithmOf(key)}; secret \"{SecretOf(key)}\"; }};";
        await WriteAsync("named.conf", $$"""
            options {
                directory "{{Folder}}"; pid-file none; session-keyfile none;
                listen-on port {{EndPoint.Port}} { {{EndPoint.Address}}; }; listen-on-v6 { none; };
                {{listen}}
                recursion no; minimal-responses yes; minimal-any yes; dnssec-validation no; empty-zones-enable no; max-cache-size 4M;
                allow-transfer{{over}} { {{transfer}} }; {{notify}} notify-delay 0; ixfr-from-differences yes; max-ixfr-ratio unlimited; masterfile-format text;
                check-names primary ignore; check-names secondary ignore; check-integrity no; check-mx ignore; check-srv-cname ignore; check-mx-cname ignore;
                min-refresh-time 1; min-retry-time 1;
                {{(Setup.CookieSecret is { } secret ? $"cookie-algorithm siphash24; cookie-secret \"{secret}\"; require-server-cookie yes;" : "")}}
            };
            controls { };
            {{TlsText()}}
            {{Setup.Pasted ?? $"{keyText}\n{string.Join('\n', zones)}"}}
            """, cancellation);

        // A copy under another path escapes the AppArmor profile that some systems tie to the installed one, which forbids our folder.
        var copy = PathOf("named");
        if (Program != copy)
        {
            File.Copy(Program, copy);
            Program = copy;
        }

        return ["-g", "-n", "1", "-c", "named.conf"];
    }

    private string TlsText()
    {
        const string Own = "cert-file \"certificate.pem\"; key-file \"key.pem\";";
        return Setup.Tls is not { } tls ? "" : $$"""
            tls own { {{Own}} protocols { TLSv1.3; }; };
            tls upstream { {{(tls.ShowsCertificate ? Own : "")}} ca-file "authority.pem"; remote-hostname "{{tls.PrimaryName}}"; protocols { TLSv1.3; }; };
            """;
    }
}
