using System.Diagnostics;
using ManagedDns.Dns.Presentation;

namespace ManagedDns.Dns.Tests.Presentation;

/// <summary>Zone files between us and the tools of BIND and NLnet Labs: what one writes, the other reads as the same records.</summary>
public sealed class PeerZoneFileTests : IDisposable
{
    private static readonly DomainName s_origin = DomainName.Parse("example.com");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    // Types that named-compilezone knows; one record each.
    private const string Zone = """
        $TTL 1h
        @ IN SOA ns1 hostmaster ( 2026112201 1h 15m 1w 5m )
          NS ns1
          MX 10 mail
          TXT "a \"b\" \\ ; \000\255" unquoted \# semi\;colon
          CAA 0 issue "ca.example.net; account=1"
          DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
          CDS 0 0 0 00
          CDNSKEY 0 3 0 AA==
          CSYNC 66 3 A NS AAAA
          LOC 52 14 05 N 00 08 50 E 10m
          ZONEMD 2026112201 1 1 C68090D90A7AED716BC459F9340E3D7C1370D4D24B7E2FC3A1DDC0B9A87153B9A9713B3C9AE5CC27777F98B8E730044C
          NSEC3PARAM 1 0 0 -
        ns1 A 192.0.2.1
          AAAA 2001:db8::1
        $GENERATE 1-3 host${0,2} A 192.0.2.$
        $GENERATE 188-189 n.${0,7,n}.${0,0,N} A 192.0.2.$
        $GENERATE 10-12/2 b${0,4,x}-${0,4,X}-${-3,4,o} A 192.0.2.${3}
        $GENERATE 1-2 d\$b$$c A 192.0.2.$
        $GENERATE 1-2 q$ 30 IN TXT "\"a $ b\" \"\\\\\" c"
        $GENERATE 0-1 m${4} MX "10 m${0,3,d}"
        \.odd\000\;name CNAME mail.example.net.
        mail A 192.0.2.2
        *.wild HINFO "PC" "Linux"
        a.b RP admin.example.com. txt
        afs AFSDB 1 db
        x25 X25 311061700956
        isdn ISDN "150862028003217" "004"
        rt RT 10 relay
        px PX 10 map822 mapx400
        gpos GPOS -32.6882 116.8652 10.0
        srv SRV 0 5 5060 sip
        naptr NAPTR 100 50 "s" "http+I2L" "" _http._tcp
        naptr2 NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .
        kx KX 1 kx1
        cert CERT PKIX 1 8 AQID
        dname DNAME target.example.net.
        apl APL 1:192.168.32.0/21 !1:192.168.38.0/28 2:ff00::/8
        ds NS ns.ds
        ds DS 60485 13 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A
        ns.ds A 192.0.2.3
        sshfp SSHFP 2 1 123456789ABCDEF67890123456789ABCDEF67890
        ipsec IPSECKEY 10 3 2 gw AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==
        dhcid DHCID AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=
        _443._tcp TLSA 3 1 1 0D6FCE3A0FE4E5D6E1C3E0D7E5D5A0A7D04B3A1D2C4F5E6A7B8C9D0E1F2A3B4C
        smime SMIMEA 3 1 1 0D6FCE3A0FE4E5D6E1C3E0D7E5D5A0A7D04B3A1D2C4F5E6A7B8C9D0E1F2A3B4C
        hip HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p9+LrV4e19WzK00+CI6zBCQTdtWsuxKbWIy87UOoJTwkUs7lBu+Upr1gsNrut79ryra+bSRGQb1slImA8YVJyuIDsj7kwzG7jnERNqnWxZ48AWkskmdHaVDP4BcelrTI3rMXdXF5D rvs1
        pgp OPENPGPKEY AQID
        svc SVCB 1 svc1 mandatory=alpn,ipv4hint alpn="h2,h3" port=8443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1 key667="hello"
        web HTTPS 0 svc
        web2 HTTPS 1 . alpn="f\\\\oo\\,bar,h2"
        nid NID 10 0014:4fff:ff20:ee64
        l32 L32 10 10.1.2.0
        l64 L64 10 2001:0db8:1140:1000
        lp LP 10 l64
        eui48 EUI48 00-00-5e-00-53-2a
        eui64 EUI64 00-00-5e-ef-10-00-00-2a
        uri URI 10 1 "ftp://ftp1.example.com/public"
        unknown TYPE65280 \# 3 0A0B0C
        amt AMTRELAY 10 1 3 relay
        spf SPF "v=spf1 -all"
        nsec NSEC next A MX RRSIG NSEC TYPE1234
        rrsig RRSIG A 13 3 3600 20300101000000 20290101000000 2642 example.com. AQIDBA==
        """;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task BIND_reads_our_zone_file_and_we_read_its_as_the_same_records()
    {
        var tool = Tool("named-compilezone");
        var ours = WriteOurs();
        var theirs = Path.Combine(_folder.FullName, "theirs.zone");

        await RunAsync(tool, "-q", "-i", "none", "-k", "ignore", "-r", "ignore", "-F", "text", "-o", theirs, "example.com", ours);

        Assert.Equal(Records(ours), Records(theirs));
    }

    [Fact]
    public async Task Ldns_reads_our_zone_file_and_we_read_its_as_the_same_records()
    {
        var tool = Tool("ldns-read-zone");
        // ldns 1.8 reads AMTRELAY's gateway types other than 0 as a syntax error.
        var ours = WriteOurs(without: RecordType.AMTRELAY);
        var theirs = Path.Combine(_folder.FullName, "theirs.zone");

        await File.WriteAllTextAsync(theirs, await RunAsync(tool, ours), TestContext.Current.CancellationToken);

        Assert.Equal(Records(ours), Records(theirs));
    }

    [Fact]
    public async Task BIND_reads_the_same_records_as_we_do_from_a_file_written_by_hand()
    {
        var tool = Tool("named-compilezone");
        var source = Path.Combine(_folder.FullName, "source.zone");
        var theirs = Path.Combine(_folder.FullName, "theirs.zone");
        await File.WriteAllTextAsync(source, Zone, TestContext.Current.CancellationToken);

        await RunAsync(tool, "-q", "-i", "none", "-k", "ignore", "-r", "ignore", "-F", "text", "-o", theirs, "example.com", source);

        Assert.Equal(Records(source), Records(theirs));
    }

    private static string Tool(string name)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/usr/bin").Split(':').Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        Assert.SkipUnless(path is not null, $"{name} is not installed.");
        return path!;
    }

    private static List<string> Records(string path) =>
        [.. ZoneFileReader.ReadRecords(path, s_origin).Select(record => RecordText.Format(record.AsWire())).Order(StringComparer.Ordinal)];

    private static async Task<string> RunAsync(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{tool}: {await errors}{await output}");
        return await output;
    }

    private string WriteOurs(RecordType without = RecordType.None)
    {
        var path = Path.Combine(_folder.FullName, "ours.zone");
        using var reader = ZoneFileReader.FromText(Zone, s_origin);
        using var file = File.Create(path);
        using var writer = new ZoneFileWriter(file);
        while (reader.Read())
        {
            if (reader.Current.Type != without)
            {
                writer.Write(reader.Current);
            }
        }

        return path;
    }
}
