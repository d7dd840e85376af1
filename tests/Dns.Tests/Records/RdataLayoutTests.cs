using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Records;

namespace ManagedDns.Dns.Tests.Records;

public class RdataLayoutTests
{
    // RFC 3597 §4 and RFC 1035 §3.3: names that may be compressed when sent, and those that others may have compressed.
    private static readonly RecordType[] s_compressible =
    [
        RecordType.NS, RecordType.MD, RecordType.MF, RecordType.CNAME, RecordType.SOA, RecordType.MB, RecordType.MG, RecordType.MR, RecordType.PTR,
        RecordType.MINFO, RecordType.MX,
    ];

    private static readonly RecordType[] s_decompressible =
        [RecordType.RP, RecordType.AFSDB, RecordType.RT, RecordType.SIG, RecordType.PX, RecordType.NXT, RecordType.NAPTR, RecordType.SRV];

    // RFC 4034 §6.2 as corrected by RFC 6840 §5.1, without HINFO, which has no names.
    private static readonly RecordType[] s_lowerCased = [.. s_compressible, .. s_decompressible, RecordType.KX, RecordType.DNAME, RecordType.RRSIG];

    public static TheoryData<RecordType> AllTypes => [.. Enum.GetValues<RecordType>()];

    [Theory]
    [MemberData(nameof(AllTypes))]
    public void Names_are_compressed_decompressed_and_lower_cased_for_the_types_that_the_RFCs_list(RecordType type)
    {
        var layout = RdataLayout.Of(type);

        Assert.Equal(s_compressible.Contains(type), layout.HasCompressibleNames);
        Assert.Equal(s_compressible.Contains(type) || s_decompressible.Contains(type), layout.MayBeCompressedOnReceive);
        Assert.Equal(s_lowerCased.Contains(type), layout.HasCanonicalCase);
    }

    [Theory]
    [MemberData(nameof(AllTypes))]
    public void Before_a_name_that_may_be_compressed_everything_has_a_length_that_shows(RecordType type)
    {
        var fields = RdataLayout.Of(type).Fields;
        for (var i = fields.Length - 1; i > 0; i--)
        {
            if (fields[i].MayBeCompressedOnReceive())
            {
                Assert.True(fields[i - 1].FixedLength() > 0 || fields[i - 1] == RdataField.CharString || fields[i - 1].IsName());
            }
        }
    }

    [Fact]
    public void Address_types_have_their_form_in_class_IN_only()
    {
        Assert.False(RdataLayout.Of(RecordType.A, RecordClass.IN).IsOpaque);
        Assert.True(RdataLayout.Of(RecordType.A, RecordClass.CH).IsOpaque);
        Assert.False(RdataLayout.Of(RecordType.TXT, RecordClass.CH).IsOpaque);
    }

    [Fact]
    public void Types_outside_the_table_are_opaque_and_always_well_formed()
    {
        Assert.True(RdataLayout.Of((RecordType)65280).IsOpaque);
        Assert.True(RdataLayout.Of((RecordType)300).IsWellFormed([1, 2, 3]));
        Assert.False(RdataLayout.Of(RecordType.DLV).IsOpaque);
    }

    [Theory]
    [InlineData("A", "C00002")]
    [InlineData("A", "C000020101")]
    [InlineData("NS", "C000")]
    [InlineData("NS", "016100" + "00")]
    [InlineData("MX", "000A")]
    [InlineData("TXT", "")]
    [InlineData("TXT", "0261")]
    [InlineData("SOA", "0000000000010000000100000001000000")]
    [InlineData("NSEC", "016100" + "0000")]
    [InlineData("NSEC", "016100" + "002100")]
    [InlineData("NSEC", "016100" + "010140000140")]
    [InlineData("SVCB", "000100" + "0003000200" + "35" + "0003000200" + "35")]
    [InlineData("SVCB", "000100" + "00030003" + "0035")]
    [InlineData("APL", "000121040A000001")]
    [InlineData("APL", "0001180400")]
    [InlineData("IPSECKEY", "0A0402" + "00")]
    [InlineData("AMTRELAY", "0A01C00002")]
    [InlineData("HIP", "10020003")]
    [InlineData("A6", "81")]
    [InlineData("NSEC3PARAM", "0100000002AA")]
    public void Octets_that_do_not_have_the_fields_of_their_type_are_told(string typeName, string hex)
    {
        Assert.True(RecordTypeNames.TryParse(typeName, out var type));
        Assert.False(RdataLayout.Of(type).IsWellFormed(Convert.FromHexString(hex)));
    }

    [Theory]
    [InlineData("MX", "10 MAIL.Example.", "10 mail.example.")]
    [InlineData("SOA", "NS. HostMaster. 1 2 3 4 5", "ns. hostmaster. 1 2 3 4 5")]
    [InlineData("NAPTR", "1 1 \"S\" \"E2U\" \"\" A.", "1 1 \"S\" \"E2U\" \"\" a.")]
    [InlineData("RRSIG", "A 8 1 1 20300101000000 20290101000000 1 EXAMPLE. QUJD", "A 8 1 1 20300101000000 20290101000000 1 example. QUJD")]
    [InlineData("NSEC", "B. A", "B. A")]
    [InlineData("SVCB", "1 B.", "1 B.")]
    [InlineData("TXT", "\"ABC\"", "\"ABC\"")]
    public void Canonical_form_lower_cases_the_names_of_the_old_types_only(string typeName, string text, string canonical)
    {
        Assert.True(RecordTypeNames.TryParse(typeName, out var type));
        var rdata = RdataText.Parse(type, RecordClass.IN, text);

        RdataLayout.Of(type).MakeCanonical(rdata);

        Assert.Equal(canonical, RdataText.Format(type, RecordClass.IN, rdata));
    }

    [Fact]
    public void A_type_bitmap_tells_which_types_are_in_it()
    {
        Span<byte> bitmap = stackalloc byte[TypeBitmap.MaxLength];
        var written = bitmap[..TypeBitmap.Write([RecordType.CAA, RecordType.A, (RecordType)65535, RecordType.A, RecordType.RRSIG], bitmap)];

        Assert.True(TypeBitmap.IsWellFormed(written));
        Assert.Equal([RecordType.A, RecordType.RRSIG, RecordType.CAA, (RecordType)65535], TypeBitmap.Read(written));
        Assert.True(TypeBitmap.Contains(written, RecordType.CAA));
        Assert.True(TypeBitmap.Contains(written, (RecordType)65535));
        Assert.False(TypeBitmap.Contains(written, RecordType.NS));
        Assert.False(TypeBitmap.Contains(written, RecordType.URI));
        Assert.False(TypeBitmap.Contains(written, RecordType.DLV));
        Assert.False(TypeBitmap.Contains([], RecordType.A));
    }
}
