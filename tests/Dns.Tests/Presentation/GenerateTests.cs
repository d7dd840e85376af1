namespace ManagedDns.Dns.Tests.Presentation;

/// <summary><c>$GENERATE</c> as BIND's manual describes it.</summary>
public class GenerateTests
{
    [Theory]
    [InlineData("$GENERATE 1-3 host$ 1 A 192.0.2.$", "host1 1 192.0.2.1|host2 1 192.0.2.2|host3 1 192.0.2.3")]
    [InlineData("$GENERATE 0-4/2 h$ 1 IN A 192.0.2.$", "h0 1 192.0.2.0|h2 1 192.0.2.2|h4 1 192.0.2.4")]
    [InlineData("$GENERATE 1-2 h${100} 1 A 192.0.2.${-1}", "h101 1 192.0.2.0|h102 1 192.0.2.1")]
    [InlineData("$GENERATE 9-10 h${0,3} 1 A 192.0.2.$", "h009 1 192.0.2.9|h010 1 192.0.2.10")]
    [InlineData("$GENERATE 9-10 h${0,3,d} 1 A 192.0.2.$", "h009 1 192.0.2.9|h010 1 192.0.2.10")]
    [InlineData("$GENERATE 10-10 h${0,4,x}-${0,4,X}-${0,4,o} 1 A 192.0.2.1", "h000a-000A-0012 1 192.0.2.1")]
    [InlineData("$GENERATE 188-188 h.${0,7,n}.${0,0,N} 1 A 192.0.2.1", "h.c.b.0.0.C.B 1 192.0.2.1")]
    [InlineData("$GENERATE 1-1 a\\$b$$c 1 A 192.0.2.1", "a\\$b\\$c 1 192.0.2.1")]
    [InlineData("$GENERATE 1-2 @ 1 A 192.0.2.$", "@ 1 192.0.2.1|@ 1 192.0.2.2")]
    [InlineData("$GENERATE 0-0 h 1 A (\n 192.0.2.$ )", "h 1 192.0.2.0")]
    public void Each_value_makes_an_entry(string directive, string expected)
    {
        var lines = ZoneFileReaderTests.Lines(directive).Select(line => line.Split('\t')).Select(
            fields => $"{(fields[0] == "example.com." ? "@" : fields[0].Replace(".example.com.", "", StringComparison.Ordinal))} {fields[1]} {fields[4]}");

        Assert.Equal(expected, string.Join('|', lines));
    }

    [Fact]
    public void A_quoted_template_stays_quoted_and_the_file_goes_on_afterwards()
    {
        Assert.Equal(
            ["t1.example.com.	1	IN	TXT	\"a 1\" \"b\"", "t2.example.com.	1	IN	TXT	\"a 2\" \"b\"", "z.example.com.	1	IN	A	192.0.2.1"],
            ZoneFileReaderTests.Lines("$GENERATE 1-2 t$ 1 TXT \"a $\" b\nz A 192.0.2.1"));
    }

    [Fact]
    public void RDATA_of_several_items_stands_in_quotes_as_BIND_wants_it()
    {
        Assert.Equal(
            ["h1.example.com.	1	IN	MX	0 mail1.example.com.", "t1.example.com.	1	IN	TXT	\"a\" \"1\"", "t1.example.com.	1	IN	TXT	\"a 1\" \"\\\\\""],
            ZoneFileReaderTests.Lines(
                "$GENERATE 1-1 h$ 1 IN MX \"0 mail$\"\n$GENERATE 1-1 t$ 1 TXT \"a $\"\n$GENERATE 1-1 t$ 1 TXT \"\\\"a $\\\" \\\\\""));
    }

    [Fact]
    public void Reverse_zones_delegate_classless_as_in_RFC_2317()
    {
        Assert.Equal(
            ["1.example.com.	1	IN	CNAME	1.0.example.com.", "2.example.com.	1	IN	CNAME	2.0.example.com."],
            ZoneFileReaderTests.Lines("$GENERATE 1-2 $ 1 CNAME $.0"));
    }
}
