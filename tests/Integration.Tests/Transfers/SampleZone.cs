using System.Globalization;
using System.Text;
using ManagedDns.Dns;

namespace ManagedDns.Integration.Tests.Transfers;

/// <summary>Texts of zones that tests give to primaries.</summary>
public static class SampleZone
{
    public static readonly DomainName Name = DomainName.Parse("sample.test");

    /// <summary>A small zone; each serial has a record of its own and drops the one before.</summary>
    public static string Text(uint serial, DomainName? name = null) => $"""
        $ORIGIN {name ?? Name}
        $TTL 300
        @ SOA ns hostmaster {serial} 3600 900 604800 60
        @ NS ns
        ns A 192.0.2.53
        www A 192.0.2.80
        serial TXT "{serial}"
        """ + "\n";

    /// <summary>What transfers stumble over: RRsets of 64 KB, the longest records, names and label counts, unknown types, octets of every value.</summary>
    public static string Odd()
    {
        var text = new StringBuilder(Text(1));
        for (var i = 0; i < 256; i++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"\\{i:000}.octet TXT \"\\{i:000}\"");
        }

        // BIND takes no more than 100 records, Knot and NSD no more than 64 KB of them.
        for (var i = 0; i < 100; i++)
        {
            var part = $"\"{new string('x', 200)}{i:000}\"";
            text.AppendLine(CultureInfo.InvariantCulture, $"big TXT {part} {part} {part}");
        }

        var label = new string('l', 63);
        text.AppendLine(CultureInfo.InvariantCulture, $"""
            longest TXT {string.Join(' ', Enumerable.Repeat($"\"{new string('y', 255)}\"", 60))}
            {label}.{label}.{label}.{new string('e', 48)} A 192.0.2.1
            {string.Join('.', Enumerable.Repeat("a", 121))} A 192.0.2.2
            unknown TYPE65280 \# 4 01020304
            unknown TYPE65281 \# 0
            unknown TYPE65282 \# 300 {new string('f', 600)}
            MiXeD.CaSe CNAME WwW
            *.wild MX 10 www
            a.*.star A 192.0.2.3
            cut NS ns.cut
            ns.cut A 192.0.2.4
            occluded.cut TXT "below"
            dname DNAME www
            loc LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
            apl APL 1:192.0.2.0/24 !2:2001:db8::/32
            naptr NAPTR 100 50 "s" "SIP+D2U" "!^.*$!sip:info@example.com!" .
            cert CERT 1 1 8 AAECAwQF
            sshfp SSHFP 4 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
            tlsa TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
            caa CAA 128 issuewild ";"
            uri URI 10 1 "https://example.com/"
            hinfo HINFO "" "x y"
            rp RP Some\.Body @
            zero 0 A 192.0.2.5
            forever 2147483647 A 192.0.2.6
            """);
        return text.ToString();
    }
}
