using ManagedDns.Dns.Presentation;

namespace ManagedDns.Dns.Tests.Presentation;

/// <summary>Master files: what entries mean, one situation after the other.</summary>
public class ZoneFileReaderTests
{
    private static readonly DomainName s_origin = DomainName.Parse("example.com");

    [Fact]
    public void The_example_zone_of_RFC_1035_is_read()
    {
        const string Text = """
            @   IN  SOA     VENERA      Action\.domains (
                                             20     ; SERIAL
                                             7200   ; REFRESH
                                             600    ; RETRY
                                             3600000; EXPIRE
                                             60)    ; MINIMUM

                    NS      A.ISI.EDU.
                    NS      VENERA
                    MX      10      VENERA
            A       A       26.3.0.103
            """;

        Assert.Equal(
            [
                @"example.com.	60	IN	SOA	VENERA.example.com. Action\.domains.example.com. 20 7200 600 3600000 60",
                "example.com.	60	IN	NS	A.ISI.EDU.",
                "example.com.	60	IN	NS	VENERA.example.com.",
                "example.com.	60	IN	MX	10 VENERA.example.com.",
                "A.example.com.	60	IN	A	26.3.0.103",
            ],
            Lines(Text));
    }

    [Theory]
    [InlineData("a 300 IN A 192.0.2.1")]
    [InlineData("a IN 300 A 192.0.2.1")]
    [InlineData("a 300 A 192.0.2.1")]
    [InlineData("a in 5m a 192.0.2.1")]
    [InlineData("a 300 CLASS1 TYPE1 192.0.2.1")]
    [InlineData("a 0300 IN TYPE1 \\# 4 C0 00 0201")]
    [InlineData("a.example.com.\t300\tIN\tA\t192.0.2.1\r\n")]
    [InlineData("a ( 300 IN\n A ; a comment (\n 192.0.2.1 )")]
    [InlineData("a ( \n 300 \n IN A 192.0.2.1)")]
    [InlineData("\\097 300 A 192.0.2.1")]
    [InlineData("\\a 300 A 192.0.2.1;comment")]
    [InlineData("\uFEFFa 300 A 192.0.2.1")]
    [InlineData("; nothing\n\n   \n\t; blank\n a 1 A 192.0.2.9", "The first record has no owner")]
    public void An_entry_may_be_written_in_many_ways(string text, string? error = null)
    {
        if (error is not null)
        {
            Assert.StartsWith(error, Assert.Throws<ZoneFileException>(() => Lines(text)).Errors[0].Reason, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(["a.example.com.	300	IN	A	192.0.2.1"], Lines(text));
    }

    [Fact]
    public void A_line_that_begins_blank_has_the_owner_before_even_when_the_origin_changed()
    {
        Assert.Equal(
            ["a.example.com.	1	IN	A	192.0.2.1", "a.example.com.	1	IN	TXT	\"x\""],
            Lines("a 1 A 192.0.2.1\n$ORIGIN sub\n  TXT x"));
    }

    [Fact]
    public void A_relative_origin_is_completed_with_the_origin_before()
    {
        Assert.Equal(
            ["a.b.example.com.	1	IN	CNAME	b.example.com.", "example.com.	1	IN	CNAME	a.net."],
            Lines("$ORIGIN b\na 1 CNAME @\n$ORIGIN net.\nexample.com. CNAME a"));
    }

    [Fact]
    public void A_missing_TTL_is_that_of_the_directive_else_the_last_one_given()
    {
        Assert.Equal(
            ["a.example.com.	7", "b.example.com.	7", "c.example.com.	90", "d.example.com.	5", "e.example.com.	90"],
            Lines("a 7 A 192.0.2.1\nb A 192.0.2.1\n$TTL 1m30s\nc A 192.0.2.1\nd 5 A 192.0.2.1\ne A 192.0.2.1").Select(FirstTwoColumns));
    }

    [Fact]
    public void A_missing_class_is_the_last_one_given()
    {
        Assert.Equal(
            ["a.example.com.	1	CH	TXT	\"x\"", "b.example.com.	1	CH	TXT	\"y\""],
            Lines("a 1 CH TXT x\nb TXT y"));
    }

    [Theory]
    [InlineData("a A 192.0.2.1", 1, "has no TTL")]
    [InlineData("a 1 A 192.0.2.1\nb 1 A 192.0.2", 2, "A: '192.0.2' is no IPv4 address.")]
    [InlineData("a 1 A 192.0.2.1 192.0.2.2", 1, "'192.0.2.2' is left over")]
    [InlineData("a 1 SOA ns host (\n 1\n 2\n x\n 4 5 )", 4, "'x' is no period")]
    [InlineData("a 1 FOO x", 1, "'FOO' is no TTL, class or type")]
    [InlineData("a 1 2 A 192.0.2.1", 1, "'2' is no TTL, class or type")]
    [InlineData("a 1 TYPE65536 \\# 0", 1, "'TYPE65536' is no TTL, class or type")]
    [InlineData("a 1", 1, "The type is missing")]
    [InlineData("a 4294967296 A 192.0.2.1", 1, "no TTL")]
    [InlineData("a 2147483648 A 192.0.2.1", 1, "no TTL")]
    [InlineData("a 1h30 x A 192.0.2.1", 1, "'x' is no TTL, class or type")]
    [InlineData("a 1 ANY \\# 0", 1, "cannot lie in a zone")]
    [InlineData("a 1 IN ANY \\# 0", 1, "cannot lie in a zone")]
    [InlineData("a 1 IN TSIG \\# 0", 1, "cannot lie in a zone")]
    [InlineData("a..b 1 A 192.0.2.1", 1, "empty label")]
    [InlineData("a\\256 1 A 192.0.2.1", 1, "escape")]
    [InlineData("a 1 A \\# 3 C00002", 1, "not the RDATA of type A")]
    [InlineData("a 1 A \\# 4 C00002", 1, "RDATA of 4 octets is announced, 3 are given")]
    [InlineData("a 1 TYPE999 x", 1, "RFC 3597")]
    [InlineData("a 1 MX ( 10 mail", 1, "parenthesis opened on this line is not closed")]
    [InlineData("a 1 MX 10 ) mail", 1, "closed that was not opened")]
    [InlineData("a 1 TXT \"x\nb 1 TXT y\"", 1, "quoted string does not end")]
    [InlineData("a 1 TXT x\\\nb 1 TXT y", 1, "backslash")]
    [InlineData("a 1 TXT x\\", 1, "backslash")]
    [InlineData("\n$FOO 1", 2, "$FOO is no directive")]
    [InlineData("$TTL forever", 1, "no TTL")]
    [InlineData("$TTL 1 2", 1, "left over")]
    [InlineData("$ORIGIN", 1, "missing")]
    [InlineData("$INCLUDE does-not-exist.zone", 1, "cannot be opened")]
    [InlineData("$GENERATE 9-1 a 1 A 192.0.2.$", 1, "no range")]
    [InlineData("$GENERATE 1-2 a", 1, "The type is missing")]
    [InlineData("$GENERATE 250-260 a 1 A 192.0.2.$", 1, "'192.0.2.256' is no IPv4 address")]
    [InlineData("$GENERATE 1-2 a${-5} 1 A 192.0.2.1", 1, "yields -4")]
    [InlineData("$GENERATE 1-2 a${0,3,q} 1 A 192.0.2.1", 1, "offset")]
    public void An_error_names_its_line_and_its_reason(string text, int line, string reason)
    {
        using var reader = new ZoneFileReader(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)), s_origin, fileName: "my.zone");
        var exception = Assert.Throws<ZoneFileException>(() => Drain(reader));

        var error = exception.Errors[0];
        Assert.Equal("my.zone", error.File);
        Assert.Equal(line, error.Line);
        Assert.Contains(reason, error.Reason, StringComparison.Ordinal);
        Assert.StartsWith($"my.zone:{line}: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_errors_are_told_at_once_up_to_the_number_asked_for()
    {
        var text = string.Join('\n', Enumerable.Range(1, 9).Select(i => i % 2 == 1 ? $"a{i} 1 A bad" : $"a{i} 1 A 192.0.2.1"));

        Assert.Equal([1, 3, 5, 7, 9], Assert.Throws<ZoneFileException>(() => Lines(text)).Errors.Select(error => error.Line));
        var few = Assert.Throws<ZoneFileException>(() => Lines(text, new ZoneFileOptions { MaxErrors = 2 }));
        Assert.Equal([1, 3], few.Errors.Select(error => error.Line));
        Assert.Equal(FailureReason.ZoneFile, few.ToFailure().Reason);
    }

    [Fact]
    public void After_an_error_no_record_is_handed_out_any_more()
    {
        using var reader = ZoneFileReader.FromText("a 1 A 192.0.2.1\nb 1 A bad\nc 1 A 192.0.2.3", s_origin);

        Assert.True(reader.Read());
        Assert.Throws<ZoneFileException>(() => reader.Read());
    }

    [Fact]
    public void Octets_above_ASCII_stand_for_themselves()
    {
        using var reader = new ZoneFileReader(new MemoryStream([.. "a 1 TXT \""u8, 0xE9, 0xFF, .. "\""u8]), s_origin);

        Assert.True(reader.Read());
        Assert.Equal([2, 0xE9, 0xFF], reader.Current.Rdata.ToArray());
    }

    [Fact]
    public void The_place_of_each_record_is_known()
    {
        using var reader = ZoneFileReader.FromText("\n; x\na 1 A ( \n 192.0.2.1 )\n\nb 1 A 192.0.2.2", s_origin);

        Assert.True(reader.Read());
        Assert.Equal(3, reader.Line);
        Assert.True(reader.Read());
        Assert.Equal(6, reader.Line);
        Assert.False(reader.Read());
        Assert.False(reader.Read());
    }

    [Fact]
    public void A_quoted_item_with_special_characters_stays_one_item()
    {
        Assert.Equal(
            ["a.example.com.	1	IN	TXT	\"a ; ( b \\\" )\" \"\" \"c\""],
            Lines("a 1 TXT \"a ; ( b \\\" )\" \"\"c"));
    }

    [Fact]
    public void An_entry_longer_than_the_buffer_is_read_whole()
    {
        var strings = string.Join("\n  ", Enumerable.Range(0, 250).Select(i => $"\"{new string('x', 255)}\""));
        var filler = string.Concat(Enumerable.Repeat("; a comment that fills the buffer\n", 3000));

        using var reader = ZoneFileReader.FromText($"{filler}a 1 TXT ({strings})\nb 1 A 192.0.2.1", s_origin);

        Assert.True(reader.Read());
        Assert.Equal(250 * 256, reader.Current.Rdata.Length);
        Assert.Equal(3001, reader.Line);
        Assert.True(reader.Read());
        Assert.Equal(3251, reader.Line);
    }

    [Fact]
    public void RDATA_beyond_65535_octets_is_an_error()
    {
        var strings = string.Join(' ', Enumerable.Repeat(new string('x', 255), 256));

        Assert.Contains("at most 65535", Assert.Throws<ZoneFileException>(() => Lines($"a 1 TXT {strings}")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_open_parenthesis_does_not_swallow_a_large_file_unseen()
    {
        var rest = string.Concat(Enumerable.Repeat("b 1 A 192.0.2.1\n", 100_000));
        var error = Assert.Throws<ZoneFileException>(() => Lines($"a 1 MX ( 10 mail\n{rest}")).Errors[0];

        Assert.Equal(1, error.Line);
        Assert.Contains("parenthesis", error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_told_with_its_name()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var error = Assert.Throws<ZoneFileException>(() => ZoneFileReader.ReadRecords(path, s_origin).Count()).Errors[0];

        Assert.Equal((path, 0), (error.File, error.Line));
    }

    internal static List<string> Lines(string text, ZoneFileOptions? options = null)
    {
        using var reader = ZoneFileReader.FromText(text, s_origin, options);
        return Drain(reader);
    }

    internal static List<string> Drain(ZoneFileReader reader)
    {
        var lines = new List<string>();
        while (reader.Read())
        {
            lines.Add(RecordText.Format(reader.Current));
        }

        return lines;
    }

    private static string FirstTwoColumns(string line) => string.Join('\t', line.Split('\t')[..2]);
}
