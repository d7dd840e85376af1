using System.Net;
using ManagedDns.Dns.Tsig;
using ManagedDns.KeyFiles;

namespace ManagedDns.Examples;

/// <summary>What a primary must be told of us for one zone, and how its software writes that.</summary>
/// <param name="Zone">Without the final dot.</param>
/// <param name="Permit">The addresses that our transfers come from.</param>
/// <param name="Notify">Where NOTIFY reaches us.</param>
internal sealed record PrimaryExample(string Zone, TsigKey? Key, IReadOnlyList<IPAddress> Permit, IReadOnlyList<IPEndPoint> Notify)
{
    private string KeyName => Key?.Name.ToDisplayString() ?? "";

    public string For(PrimarySoftware software) => software switch
    {
        PrimarySoftware.Nsd => Nsd(),
        PrimarySoftware.Knot => Knot(),
        PrimarySoftware.PowerDns => PowerDns(),
        PrimarySoftware.WindowsDns => WindowsDns(),
        _ => Bind9(),
    };

    private string Bind9()
    {
        var permit = Key is null ? string.Concat(Permit.Select(address => $"{address}; ")) : $"key \"{KeyName}\"; ";
        var notify = string.Concat(Notify.Select(to => $"{to.Address} port {to.Port}{(Key is null ? "" : $" key \"{KeyName}\"")}; "));
        return Lines(
            $"// named.conf of the primary of {Zone}. Then: rndc reconfig",
            KeyText(TsigKeyFormat.Bind9),
            $$"""
            zone "{{Zone}}" {
                type primary;
                file "{{Zone}}.zone"; // your own file
                allow-transfer { {{permit}}};
                notify explicit;
                also-notify { {{notify}}};
            };
            """);
    }

    private string Nsd()
    {
        var with = Key is null ? "NOKEY" : KeyName;
        return Lines(
            $"# nsd.conf of the primary of {Zone}. Then: nsd-control reconfig",
            KeyText(TsigKeyFormat.Nsd),
            $"""
            zone:
                name: "{Zone}"
                zonefile: "{Zone}.zone" # your own file
            """,
            Each(Permit, address => $"    provide-xfr: {address} {with}"),
            Each(Notify, to => $"    notify: {At(to)} {with}"));
    }

    private string Knot()
    {
        var key = Key is null ? null : $"    key: {KeyName}";
        return Lines(
            $"# knot.conf of the primary of {Zone}. Then: knotc reload",
            KeyText(TsigKeyFormat.Knot),
            "remote:",
            "  - id: manageddns",
            $"    address: [ {string.Join(", ", Notify.Select(At))} ]",
            key,
            "acl:",
            "  - id: manageddns-transfer",
            $"    address: [ {string.Join(", ", Permit)} ]",
            key,
            "    action: transfer",
            "zone:",
            $"  - domain: {Zone}",
            $"    file: {Zone}.zone # your own file",
            "    notify: manageddns",
            "    acl: manageddns-transfer");
    }

    private string PowerDns() => Lines(
        $"# On the primary of {Zone}; pdns.conf needs: primary=yes",
        KeyText(TsigKeyFormat.PowerDns),
        Key is null ? null : $"pdnsutil activate-tsig-key {Zone} {KeyName} primary",
        $"pdnsutil set-kind {Zone} primary # not with the bind backend: there named.conf says it",
        // Beside a key it would let unsigned transfers pass.
        Key is null ? $"pdnsutil set-meta {Zone} ALLOW-AXFR-FROM {string.Join(' ', Permit)}" : null,
        $"pdnsutil set-meta {Zone} ALSO-NOTIFY {string.Join(' ', Notify.Select(to => to.ToString()))}");

    private string WindowsDns()
    {
        var otherPort = Notify.FirstOrDefault(to => to.Port != 53);
        return Lines(
            $"# PowerShell on the primary of {Zone}, a Windows DNS server",
            Key is null
                ? null
                : $"# Windows DNS signs no transfers with TSIG: set this primary to no key, with Set-PrimaryNameServer -TsigKey ''. It permits by address.",
            otherPort is null
                ? null
                : $"# Windows DNS sends NOTIFY to port 53 only, and this service listens on port {otherPort.Port}: changes arrive at the next refresh.",
            $"""
            $zone = @{'{'}
                Name              = '{Zone}'
                SecureSecondaries = 'TransferToSecureServers'
                SecondaryServers  = {PowerShellList(Permit)}
                Notify            = 'NotifyServers'
                NotifyServers     = {PowerShellList(Notify.Select(to => to.Address).Distinct())}
            {'}'}
            Set-DnsServerPrimaryZone @zone
            """);
    }

    private static string PowerShellList(IEnumerable<IPAddress> addresses) => string.Join(", ", addresses.Select(address => $"'{address}'"));

    private static string Lines(params ReadOnlySpan<string?> parts) => string.Join(
        Environment.NewLine, parts.ToArray().Where(part => part is not null));

    private static string Each<T>(IEnumerable<T> items, Func<T, string> line) => string.Join(Environment.NewLine, items.Select(line));

    // NSD and Knot write the port behind an @ sign, whatever the family.
    private static string At(IPEndPoint endPoint) => $"{endPoint.Address}@{endPoint.Port}";

    private string? KeyText(TsigKeyFormat format) => Key is null ? null : TsigKeyWriter.Write(Key, format);
}
