using CsCheck;
using ManagedDns.Dns.Wire;
using static ManagedDns.Dns.Tests.Wire.WireTestData;

namespace ManagedDns.Dns.Tests.Wire;

public class MessageReaderTests
{
    /// <summary>A question for example.com at offset 12; the name "example.com" stands at 12, "com" at 20.</summary>
    private const string Question = "07 6578616d706c65 03 636f6d 00 0001 0001";

    private static byte[] Answer(string records, int count) => Octets($"1234 8400 0001 {count:x4} 0000 0000 {Question} {records}");

    [Fact]
    public void The_flags_of_a_header_are_told_apart()
    {
        Assert.True(MessageHeader.TryRead(Octets("abcd a58e 0001 0002 0003 0004"), out var header));
        Assert.Equal(0xabcd, header.Id);
        Assert.True(header.IsResponse);
        Assert.True(header.IsAuthoritative);
        Assert.False(header.IsTruncated);
        Assert.True(header.RecursionDesired);
        Assert.Equal(Opcode.Notify, header.Opcode);
        Assert.Equal((ResponseCode)14, header.ResponseCode);
        Assert.Equal(4, header.Count(MessageSection.Additional));
    }

    [Fact]
    public void An_owner_may_be_a_pointer_to_the_question()
    {
        var (error, records) = ReadAll(Answer("c00c 0001 0001 00000e10 0004 c0000201", 1));
        Assert.Equal(MessageError.None, error);
        Assert.Equal(A("example.com"), Assert.Single(records).Record);
    }

    [Fact]
    public void An_owner_may_be_labels_and_a_pointer_and_the_next_owner_a_pointer_to_it()
    {
        var (error, records) = ReadAll(Answer("03 777777 c00c 0001 0001 00000e10 0004 c0000201  c01d 0001 0001 00000e10 0004 c0000202", 2));
        Assert.Equal(MessageError.None, error);
        Assert.Equal([A("www.example.com"), A("www.example.com", 2)], records.Select(r => r.Record));
    }

    [Fact]
    public void The_same_pointer_after_another_owner_still_means_the_same_name()
    {
        var (_, records) = ReadAll(Answer(
            "c00c 0001 0001 00000e10 0004 c0000201  c014 0001 0001 00000e10 0004 c0000202  c00c 0001 0001 00000e10 0004 c0000203", 3));
        Assert.Equal([A("example.com"), A("com", 2), A("example.com", 3)], records.Select(r => r.Record));
    }

    [Theory]
    [InlineData("0002", "02 6e73 c00c", "ns.example.com")]
    [InlineData("000c", "c014", "com")]
    [InlineData("0005", "00", ".")]
    public void Names_in_RDATA_are_decompressed(string type, string rdata, string expected)
    {
        var (error, records) = ReadAll(Answer($"c00c {type} 0001 00000000 {Octets(rdata).Length:x4} {rdata}", 1));
        Assert.Equal(MessageError.None, error);
        Assert.Equal(Name(expected).Wire.ToArray(), Assert.Single(records).Record.Rdata.ToArray());
    }

    [Fact]
    public void A_SOA_with_both_names_compressed_is_read_whole()
    {
        var (error, records) = ReadAll(Answer("c00c 0006 0001 00000e10 0026 03 6e7331 c00c 0a 686f73746d6173746572 c00c 00000007 00000e10 00000384 00093a80 0000012c", 1));
        Assert.Equal(MessageError.BadRdata, error);
        Assert.Empty(records);
        (error, records) = ReadAll(Answer("c00c 0006 0001 00000e10 0027 03 6e7331 c00c 0a 686f73746d6173746572 c00c 00000007 00000e10 00000384 00093a80 0000012c", 1));
        Assert.Equal(MessageError.None, error);
        Assert.Equal(Soa("example.com", 7), Assert.Single(records).Record);
    }

    [Theory]
    [InlineData(RecordType.SRV, "0001 0002 0035 c00c", "0001 0002 0035")]
    [InlineData(RecordType.AFSDB, "0001 c00c", "0001")]
    [InlineData(RecordType.NAPTR, "0001 0002 01 53 00 00 c00c", "0001 0002 01 53 00 00")]
    public void The_types_of_RFC_3597_section_4_are_decompressed_too(RecordType type, string rdata, string prefix)
    {
        var (error, records) = ReadAll(Answer($"c00c {(int)type:x4} 0001 00000000 {Octets(rdata).Length:x4} {rdata}", 1));
        Assert.Equal(MessageError.None, error);
        Assert.Equal([.. Octets(prefix), .. Name("example.com").Wire], Assert.Single(records).Record.Rdata.ToArray());
    }

    [Fact]
    public void An_unknown_type_is_opaque_even_where_it_looks_like_a_pointer()
    {
        var (error, records) = ReadAll(Answer("c00c ff00 0001 00000000 0002 c00c", 1));
        Assert.Equal(MessageError.None, error);
        Assert.Equal(Octets("c00c"), Assert.Single(records).Record.Rdata.ToArray());
    }

    [Theory]
    [InlineData("c01d", "to itself")]
    [InlineData("c0ff", "forward")]
    [InlineData("c004", "into the header")]
    [InlineData("01 61 c01d", "to its own start")]
    [InlineData("41 61", "an obsolete label type")]
    public void A_pointer_that_does_not_go_back_is_a_bad_name(string owner, string why)
    {
        var (error, records) = ReadAll(Answer($"{owner} 0001 0001 00000000 0004 c0000201", 1));
        Assert.True(error == MessageError.BadName, why);
        Assert.Empty(records);
    }

    [Fact]
    public void A_name_of_more_than_255_octets_by_compression_is_a_bad_name()
    {
        // Each TXT-like record's RDATA holds 60 octets of one label and a pointer to the one before.
        var label = "3c" + string.Concat(Enumerable.Repeat("61", 60));
        var records = $"{label} c00c ff00 0001 00000000 0000";
        var at = 29;
        for (var i = 0; i < 4; i++)
        {
            var previous = at;
            at += (i == 0 ? 61 + 2 : 61 + 2) + 10;
            records += $" {label} {0xc000 | previous:x4} ff00 0001 00000000 0000";
        }

        var (error, read) = ReadAll(Answer(records, 5));
        Assert.Equal(MessageError.BadName, error);
        Assert.Equal(3, read.Count);
    }

    [Fact]
    public void A_long_chain_of_pointers_to_pointers_is_a_bad_name()
    {
        // 400 pointers in opaque RDATA, each to the one before it, and an owner that points to the last.
        var chain = string.Concat(Enumerable.Range(0, 400).Select(i => $"{0xc000 | (i == 0 ? 12 : 29 + 12 + (2 * (i - 1))):x4}"));
        var (error, records) = ReadAll(Answer($"c00c ff00 0001 00000000 0320 {chain} {0xc000 | (29 + 12 + (2 * 399)):x4} 0001 0001 00000000 0004 c0000201", 2));
        Assert.Equal(MessageError.BadName, error);
        Assert.Single(records);
    }

    [Fact]
    public void Octets_after_the_last_record_are_an_error()
    {
        var (error, records) = ReadAll(Answer("c00c 0001 0001 00000e10 0004 c0000201 00", 1));
        Assert.Equal(MessageError.TrailingOctets, error);
        Assert.Single(records);
    }

    [Fact]
    public void A_message_cut_at_any_octet_is_an_error()
    {
        var whole = Answer("c00c 0006 0001 00000e10 0027 03 6e7331 c00c 0a 686f73746d6173746572 c00c 00000007 00000e10 00000384 00093a80 0000012c", 1);
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.NotEqual(MessageError.None, ReadAll(whole.AsSpan(0, length)).Error);
        }
    }

    [Fact]
    public void RDATA_may_not_reach_beyond_its_length()
    {
        // An NS record whose RDLENGTH ends inside the name.
        var (error, _) = ReadAll(Answer("c00c 0002 0001 00000000 0002 02 6e 73 00", 1));
        Assert.Equal(MessageError.BadRdata, error);
    }

    [Fact]
    public void Random_octets_and_changed_messages_never_throw_and_always_end()
    {
        var seed = Answer("03 777777 c00c 0006 0001 00000e10 0027 03 6e7331 c00c 0a 686f73746d6173746572 c00c 00000007 00000e10 00000384 00093a80 0000012c"
            + "c01d 0021 0001 00000000 0008 0001 0002 0035 c00c  c00c 0023 0001 00000000 000b 0001 0002 01 53 00 00 c00c", 3);
        Gen.Select(Gen.Int[0, seed.Length - 1], Gen.Byte, Gen.Int[0, seed.Length - 1], Gen.Byte).Sample(change =>
        {
            var message = seed.ToArray();
            message[change.Item1] = change.Item2;
            message[change.Item3] ^= change.Item4;
            ReadAll(message);
        }, iter: 20_000);
        Gen.Byte.Array[0, 300].Sample(octets => { ReadAll(octets); }, iter: 20_000);
    }
}
