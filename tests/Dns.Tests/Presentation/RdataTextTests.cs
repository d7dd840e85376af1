using ManagedDns.Dns.Presentation;

namespace ManagedDns.Dns.Tests.Presentation;

/// <summary>RDATA of each type in presentation format: what is read, what is written, and which octets lie between.</summary>
public class RdataTextTests
{
    // Type, text, octets in hexadecimal, and the text written back where it differs. Mostly the examples of the RFCs.
    public static TheoryData<string, string, string, string> Examples => new()
    {
        { "A", "192.0.2.1", "C0000201", "" },
        { "NS", "ns.example.com.", "026E73076578616D706C6503636F6D00", "" },
        { "NS", "ns", "026E73076578616D706C6503636F6D00", "ns.example.com." },
        { "CNAME", "@", "076578616D706C6503636F6D00", "example.com." },
        { "SOA", "ns hostmaster 2026112201 1h 15m 1w 300", "026E73076578616D706C6503636F6D000A686F73746D6173746572076578616D706C6503636F6D0078C404C9" + "00000E100000038400093A800000012C", "ns.example.com. hostmaster.example.com. 2026112201 3600 900 604800 300" },
        { "WKS", "192.0.2.1 tcp smtp 53", "C00002010600000040000004", "192.0.2.1 6 25 53" },
        { "HINFO", "PC-Intel-700mhz \"Redhat Linux 7.1\"", "0F50432D496E74656C2D3730306D687A10526564686174204C696E757820372E31", "\"PC-Intel-700mhz\" \"Redhat Linux 7.1\"" },
        { "MX", "10 mail.example.com.", "000A046D61696C076578616D706C6503636F6D00", "" },
        { "TXT", "\"a \\\"b\\\" \\\\ \\000\" c", "096120226222205C2000" + "0163", "\"a \\\"b\\\" \\\\ \\000\" \"c\"" },
        { "RP", "admin.example. .", "0561646D696E076578616D706C650000", "" },
        { "AFSDB", "1 db.", "000102646200", "" },
        { "X25", "311061700956", "0C333131303631373030393536", "\"311061700956\"" },
        { "ISDN", "\"150862028003217\"", "0F313530383632303238303033323137", "" },
        { "ISDN", "150862028003217 004", "0F313530383632303238303033323137" + "03303034", "\"150862028003217\" \"004\"" },
        { "NSAP", "0x47.0005.80.005a00.0000.0001.e133.ffffff000161.00", "47000580005A0000000001E133FFFFFF00016100", "0x47000580005A0000000001E133FFFFFF00016100" },
        { "KEY", "49152 3 3", "C0000303", "" },
        { "KEY", "256 3 RSASHA1 AQID", "01000305010203", "256 3 5 AQID" },
        { "PX", "10 a. b.", "000A016100016200", "" },
        { "GPOS", "-32.6882 116.8652 10.0", "082D33322E3638383208" + "3131362E38363532" + "0431302E30", "\"-32.6882\" \"116.8652\" \"10.0\"" },
        { "AAAA", "2001:db8::1", "20010DB8000000000000000000000001", "" },
        { "LOC", "42 21 54 N 71 06 18 W -24m 30m", "00331613" + "89172DD0" + "70BE15F0" + "00988D20", "42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m" },
        { "LOC", "52 14 05 N 00 08 50 E 10m", "00121613" + "8B3556C8" + "80081650" + "00989A68", "52 14 5.000 N 0 8 50.000 E 10.00m 1.00m 10000.00m 10.00m" },
        { "NXT", "b. A NXT", "016200" + "40000002", "" },
        { "SRV", "0 5 5060 sip", "0000000513C403736970076578616D706C6503636F6D00", "0 5 5060 sip.example.com." },
        { "NAPTR", "100 50 \"s\" \"z3950+I2L+I2C\" \"\" _z3950._tcp.", "0064003201730D7A333935302B49324C2B4932430006" + "5F7A33393530045F74637000", "" },
        { "KX", "1 b.", "0001016200", "" },
        { "CERT", "PKIX 1 8 AQID", "0001000108010203", "" },
        { "CERT", "65534 1 RSASHA256 AQID", "FFFE000108010203", "65534 1 8 AQID" },
        { "A6", "0 2001:db8::1", "0020010DB8000000000000000000000001", "" },
        { "A6", "64 ::1 b.", "400000000000000001016200", "" },
        { "A6", "128 b.", "80016200", "" },
        { "DNAME", "b.", "016200", "" },
        { "APL", "1:192.168.32.0/21 !1:192.168.38.0/28 2:ff00::/8", "00011503C0A820" + "00011C83C0A826" + "00020801FF", "" },
        { "APL", "", "", "" },
        { "DS", "60485 5 1 2BB183AF5F22588179A53B0A 98631FAD1A292118", "EC450501" + "2BB183AF5F22588179A53B0A98631FAD1A292118", "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118" },
        { "SSHFP", "2 1 123456789abcdef67890123456789abcdef67890", "0201123456789ABCDEF67890123456789ABCDEF67890", "2 1 123456789ABCDEF67890123456789ABCDEF67890" },
        { "IPSECKEY", "10 1 2 192.0.2.38 AQID", "0A0102C0000226010203", "" },
        { "IPSECKEY", "10 0 2 . AQID", "0A0002010203", "" },
        { "IPSECKEY", "10 3 2 gw.example. AQID", "0A0302026777076578616D706C6500010203", "" },
        { "IPSECKEY", "10 2 0 2001:db8::1", "0A020020010DB8000000000000000000000001", "" },
        { "RRSIG", "A 5 3 86400 20030322173103 20030220173103 2642 example. AQID", "000105030001518" + "0" + "3E7C9DD73E5510D70A52076578616D706C6500010203", "" },
        { "NSEC", "host. A MX RRSIG NSEC TYPE1234", "04686F737400" + "000640010000000304" + "1B000000000000000000000000000000000000000000000000000020", "host. A MX RRSIG NSEC TYPE1234" },
        { "DNSKEY", "256 3 13 AQID", "0100030D010203", "" },
        { "DHCID", "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=", "000201636FC0B8271C82825BB1AC5C41CF5351AA69B4FEBD94E8F17CDB95000DA48C40", "" },
        { "NSEC3", "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY NS SOA NSEC3PARAM RRSIG", "0101000C04AABBCCDD14" + "174EB2409FE28BCB4887A1836F957F0A8425E27B" + "000722010000000290", "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM" },
        { "NSEC3PARAM", "1 0 0 -", "0100000000", "" },
        { "TLSA", "3 1 1 0A0B", "0301010A0B", "" },
        { "HIP", "2 200100107B1A74DF365639CC39F1D578 AQID rvs1. rvs2.", "10020003200100107B1A74DF365639CC39F1D578010203" + "04727673310004727673" + "3200", "" },
        { "TALINK", "a. b.", "016100016200", "" },
        { "CDS", "0 0 0 00", "0000000000", "" },
        { "OPENPGPKEY", "AQID", "010203", "" },
        { "CSYNC", "66 3 A NS AAAA", "000000420003000460000008", "" },
        { "ZONEMD", "2018031500 1 1 FEBE3D4C", "7848B78C0101FEBE3D4C", "" },
        { "DSYNC", "CDS NOTIFY 5359 a.", "003B0114EF016100", "" },
        { "DSYNC", "TYPE300 129 1 a.", "012C810001016100", "" },
        { "NID", "10 0014:4fff:ff20:ee64", "000A00144FFFFF20EE64", "10 0014:4FFF:FF20:EE64" },
        { "L64", "10 2001:db8:0:1", "000A20010DB800000001", "10 2001:0DB8:0000:0001" },
        { "L64", "10 2001:db8:0", "", "error" },
        { "L64", "10 2001:db8:0:1:2", "", "error" },
        { "NID", "10 2001::0:1", "", "error" },
        { "EUI48", "00-00-5e-00-53:2a", "", "error" },
        { "EUI48", "00-00-5e-00-53", "", "error" },
        { "CAA", "0 is-sue x", "", "error" },
        { "SVCB", "1 . mandatory=alpn", "", "error" },
        { "SVCB", "1 . port=1 port=2", "", "error" },
        { "SVCB", "1 . port=1,2", "", "error" },
        { "SVCB", "1 . no-default-alpn=1", "", "error" },
        { "SVCB", "1 . alpn", "", "error" },
        { "SVCB", "1 . alpn=a,,b", "", "error" },
        { "SVCB", "1 . nosuchkey=1", "", "error" },
        { "NSEC3", "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22boj", "", "error" },
        { "LOC", "91 N 0 E 0m", "", "error" },
        { "TXT", "", "", "error" },
        { "DS", "1 256 1 00", "", "error" },
        { "DS", "1 8 1 0", "", "error" },
        { "DNSKEY", "256 3 13 AQI", "", "error" },
        { "RRSIG", "A 5 3 86400 20301322173103 20030220173103 2642 example. AQID", "", "error" },
        { "L32", "10 10.1.02.0", "", "error" },
        { "L32", "10 10.1.2.0", "000A0A010200", "" },
        { "LP", "10 l64.", "000A036C363400", "" },
        { "EUI48", "00-00-5e-00-53-2a", "00005E00532A", "00-00-5E-00-53-2A" },
        { "EUI64", "00-00-5e-ef-10-00-00-2a", "00005EEF1000002A", "00-00-5E-EF-10-00-00-2A" },
        { "URI", "10 1 \"ftp://ftp1.example.com/public\"", "000A00016674703A2F2F667470312E6578616D706C652E636F6D2F7075626C6963", "" },
        { "CAA", "0 issue \"ca.example.net; account=230123\"", "0005697373756563612E6578616D706C652E6E65743B206163636F756E743D323330313233", "" },
        { "DOA", "0 1 2 \"\" -", "00000000000000010200", "" },
        { "DOA", "0 1 2 \"text/plain\" AQID", "0000000000000001020A746578742F706C61696E010203", "" },
        { "AMTRELAY", "10 0 0 .", "0A00", "" },
        { "AMTRELAY", "10 1 3 a.", "0A83016100", "" },
        { "AMTRELAY", "10 0 2 2001:db8::15", "0A0220010DB8000000000000000000000015", "" },
        { "IPN", "18446744073709551615", "FFFFFFFFFFFFFFFF", "" },
        { "NULL", "\\# 2 0102", "0102", "" },
        { "TYPE65280", "\\# 3 0a 0b 0c", "0A0B0C", "\\# 3 0A0B0C" },
        { "TYPE65280", "\\# 0", "", "\\# 0" },
        { "A", "\\# 4 C0000201", "C0000201", "192.0.2.1" },
        { "TYPE1", "192.0.2.1", "C0000201", "" },

        // RFC 9460, appendix D.
        { "HTTPS", "0 foo.example.com.", "000003666F6F076578616D706C6503636F6D00", "" },
        { "SVCB", "1 .", "000100", "" },
        { "SVCB", "16 foo.example.com. port=53", "001003666F6F076578616D706C6503636F6D00000300020035", "" },
        { "SVCB", "1 foo. key667=hello", "000103666F6F00029B000568656C6C6F", "1 foo. key667=\"hello\"" },
        { "SVCB", "1 foo. key667=\"hello\\210qoo\"", "000103666F6F00029B000968656C6C6FD2716F6F", "" },
        { "SVCB", "1 foo. ipv6hint=\"2001:db8::1,2001:db8::53:1\"", "000103666F6F0000060020" + "20010DB800000000000000000000000120010DB8000000000000000000530001", "1 foo. ipv6hint=2001:db8::1,2001:db8::53:1" },
        { "SVCB", "16 foo. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1", "001003666F6F00" + "0000000400010004" + "000100090268320568332D3139" + "00040004C0000201", "16 foo. mandatory=alpn,ipv4hint alpn=\"h2,h3-19\" ipv4hint=192.0.2.1" },
        { "SVCB", "16 foo. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"", "001003666F6F00" + "0001000C08665C6F6F2C626172026832", "" },
        { "SVCB", "16 foo. alpn=f\\\\\\092oo\\092,bar,h2", "001003666F6F00" + "0001000C08665C6F6F2C626172026832", "16 foo. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"" },
        { "SVCB", "1 foo. no-default-alpn alpn=h2 ech=AQID", "000103666F6F00" + "00010003026832" + "00020000" + "00050003010203", "1 foo. alpn=\"h2\" no-default-alpn ech=\"AQID\"" },
        { "SVCB", "1 foo. key3=abc", "000103666F6F00" + "00030003616263", "1 foo. key3=\"abc\"" },
        { "SVCB", "1 foo. dohpath=/dns-query{?dns} ohttp tls-supported-groups=29,23", "000103666F6F00" + "000700102F646E732D71756572797B3F646E737D" + "00080000" + "00090004001D0017", "1 foo. dohpath=\"/dns-query{?dns}\" ohttp tls-supported-groups=29,23" },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void The_text_and_the_octets_of_each_type_belong_together(string typeName, string text, string hex, string canonical)
    {
        Assert.True(RecordTypeNames.TryParse(typeName, out var type));
        var origin = DomainName.Parse("example.com");
        if (canonical == "error")
        {
            Assert.Throws<FormatException>(() => RdataText.Parse(type, RecordClass.IN, text, origin));
            return;
        }

        var rdata = RdataText.Parse(type, RecordClass.IN, text, origin);

        Assert.Equal(hex, Convert.ToHexString(rdata));
        Assert.Equal(canonical.Length > 0 ? canonical : text, RdataText.Format(type, RecordClass.IN, rdata));
    }
}
