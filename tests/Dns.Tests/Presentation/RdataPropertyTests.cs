using CsCheck;
using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Records;

namespace ManagedDns.Dns.Tests.Presentation;

/// <summary>What must hold for any RDATA and for any text.</summary>
public class RdataPropertyTests
{
    private static readonly RecordType[] s_types = [.. Enum.GetValues<RecordType>().Where(RecordTypeNames.IsData), (RecordType)65280];

    public static TheoryData<RecordType> Types => [.. s_types];

    [Theory]
    [MemberData(nameof(Types))]
    public void Well_formed_RDATA_of_each_type_survives_the_way_through_text(RecordType type)
    {
        var layout = RdataLayout.Of(type);
        RdataGenerator.For(layout).Sample(
            rdata =>
            {
                Assert.True(layout.IsWellFormed(rdata));
                var text = RdataText.Format(type, RecordClass.IN, rdata);
                Assert.Equal(rdata, RdataText.Parse(type, RecordClass.IN, text));
                Assert.Equal(rdata, RdataText.Parse(type, RecordClass.IN, Generic(rdata)));
                Assert.Equal(layout.IsOpaque, text.StartsWith("\\# ", StringComparison.Ordinal) && !IsFallback(type));
            },
            iter: 300);
    }

    [Fact]
    public void Any_octets_have_a_text_and_well_formed_ones_come_back()
    {
        Gen.Select(Gen.OneOf(s_types), Gen.Byte.Array[0, 80]).Sample(
            (type, rdata) =>
            {
                var text = RdataText.Format(type, RecordClass.IN, rdata);
                if (RdataLayout.Of(type).IsWellFormed(rdata))
                {
                    Assert.Equal(rdata, RdataText.Parse(type, RecordClass.IN, text));
                }
                else
                {
                    Assert.Equal(Generic(rdata), text);
                    Assert.Throws<FormatException>(() => { RdataText.Parse(type, RecordClass.IN, text); });
                }
            },
            iter: 20_000);
    }

    [Fact]
    public void Any_text_is_RDATA_or_a_format_error()
    {
        var pieces = Gen.OneOf(
            Gen.OneOf(
                "1", "0", "255", "65536", "-", "\\", "\"", "(", ")", ";", "@", ".", "a.b.", "\\#", "=", "alpn=", "192.0.2.1", "::1", "AQID", "0x00", "N", "E", "1m",
                "A", "20300101000000", "key1=", ",", "mandatory=", "!", "1:", "/", "99999999999999999999"),
            Gen.Char[" \t\n\r\0\x7f\u00e9abc019.:-/\\\"();@$"].Array[0, 6].Select(characters => new string(characters)));
        Gen.Select(Gen.OneOf(s_types), pieces.Array[0, 12], Gen.Bool).Sample(
            (type, items, spaced) =>
            {
                try
                {
                    var rdata = RdataText.Parse(type, RecordClass.IN, string.Join(spaced ? " " : "", items));
                    Assert.True(RdataLayout.Of(type).IsWellFormed(rdata));
                }
                catch (FormatException error)
                {
                    Assert.NotEmpty(error.Message);
                }
            },
            iter: 20_000);
    }

    [Fact]
    public void Any_octets_are_a_zone_file_or_a_zone_file_error()
    {
        var lines = Gen.OneOf(
            "a 1 A 192.0.2.1\n", "$TTL 1\n", "$ORIGIN x.\n", " MX 1 a\n", "$GENERATE 1-3 a$ TXT ${1,2,x}\n", "$INCLUDE /dev/null\n", "(", ")", "\"", "\\", ";", "\n",
            "@ IN SOA a b 1 2 3 4 5\n", "a TYPE1 \\# 4 01020304\n", "$GENERATE ", "$", "b 1 TXT \"x y\" z\n").Select(System.Text.Encoding.UTF8.GetBytes);
        Gen.OneOf(lines, Gen.Byte.Array[0, 8]).Array[0, 10].Sample(
            parts =>
            {
                using var reader = new ZoneFileReader(new MemoryStream([.. parts.SelectMany(part => part)]), DomainName.Root);
                try
                {
                    while (reader.Read())
                    {
                        Assert.NotEmpty(RecordText.Format(reader.Current));
                    }
                }
                catch (ZoneFileException error)
                {
                    Assert.NotEmpty(error.Errors);
                }
            },
            iter: 20_000);
    }

    private static string Generic(byte[] rdata) => $"\\# {rdata.Length} {Convert.ToHexString(rdata)}".TrimEnd();

    // Octets that the form of their type cannot express: see RdataGenerator.
    private static bool IsFallback(RecordType type) => type is RecordType.APL or RecordType.A6 or RecordType.LOC or RecordType.WKS or RecordType.NXT;
}
