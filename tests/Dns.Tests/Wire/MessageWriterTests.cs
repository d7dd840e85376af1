using CsCheck;
using ManagedDns.Dns.Wire;
using static ManagedDns.Dns.Tests.Wire.WireTestData;

namespace ManagedDns.Dns.Tests.Wire;

public class MessageWriterTests
{
    private static byte[] Write(params ResourceRecord[] records)
    {
        var writer = new MessageWriter(new byte[4096], 1, MessageHeader.ResponseFlag, new NameCompressor());
        foreach (var record in records)
        {
            Assert.True(writer.TryWriteRecord(MessageSection.Answer, record.AsWire()));
        }

        return writer.Message.ToArray();
    }

    [Fact]
    public void An_owner_that_was_written_before_becomes_a_pointer()
    {
        var message = Write(A("www.example.com"), A("www.example.com", 2), A("mail.example.com", 3));
        Assert.Equal(
            Octets("0001 8000 0000 0003 0000 0000"
                + "03 777777 07 6578616d706c65 03 636f6d 00 0001 0001 00000e10 0004 c0000201"
                + "c00c 0001 0001 00000e10 0004 c0000202"
                + "04 6d61696c c010 0001 0001 00000e10 0004 c0000203"),
            message);
    }

    [Fact]
    public void Names_in_the_RDATA_of_RFC_1035_types_are_compressed()
    {
        Assert.Equal(
            Octets("0001 8000 0000 0001 0000 0000 07 6578616d706c65 03 636f6d 00 0002 0001 00000e10 0005 02 6e73 c00c"),
            Write(NS("example.com", "ns.example.com")));
    }

    [Theory]
    [InlineData(RecordType.SRV)]
    [InlineData(RecordType.DNAME)]
    [InlineData(RecordType.RRSIG)]
    public void Names_in_the_RDATA_of_later_types_are_not(RecordType type)
    {
        byte[] prefix = type switch { RecordType.SRV => [0, 1, 0, 2, 0, 53], RecordType.RRSIG => new byte[18], _ => [] };
        byte[] rdata = [.. prefix, .. Name("ns.example.com").Wire];
        var message = Write(Record("example.com", type, rdata));
        Assert.True(message.AsSpan().EndsWith(rdata));
    }

    [Fact]
    public void Names_of_another_case_keep_theirs()
    {
        var (_, records) = ReadAll(Write(A("www.example.com"), A("www.EXAMPLE.com"), A("WWW.example.com")));
        Assert.Equal(["www.example.com.", "www.EXAMPLE.com.", "WWW.example.com."], records.Select(r => r.Record.Owner.ToString()));
    }

    [Fact]
    public void A_record_that_does_not_fit_leaves_no_trace()
    {
        var writer = new MessageWriter(new byte[512], 1, 0, new NameCompressor()) { Limit = 62 };
        Assert.True(writer.TryWriteQuestion(Name("example.com").Wire, RecordType.A, RecordClass.IN));
        Assert.True(writer.TryWriteRecord(MessageSection.Answer, A("example.com").AsWire()));
        var before = writer.Message.ToArray();
        Assert.False(writer.TryWriteRecord(MessageSection.Answer, A("a.b.c.example.com").AsWire()));
        Assert.Equal(before, writer.Message.ToArray());
        Assert.True(writer.TryWriteRecord(MessageSection.Additional, A("b", 2).AsWire()));
        Assert.Equal([A("example.com"), A("b", 2)], ReadAll(writer.Message).Records.Select(r => r.Record));
    }

    [Fact]
    public void A_rollback_takes_back_sections_and_the_names_they_taught()
    {
        var writer = new MessageWriter(new byte[512], 1, 0, new NameCompressor());
        Assert.True(writer.TryWriteRecord(MessageSection.Answer, A("example.com").AsWire()));
        var mark = writer.Mark();
        Assert.True(writer.TryWriteRecord(MessageSection.Answer, A("www.example.com").AsWire()));
        Assert.True(writer.TryWriteRecord(MessageSection.Authority, NS("example.com", "ns.example.com").AsWire()));
        Assert.True(writer.TryWriteRecord(MessageSection.Additional, A("ns.example.com").AsWire()));
        writer.Rollback(mark);
        Assert.True(writer.TryWriteRecord(MessageSection.Additional, Record("other.net", RecordType.TXT, [3, .. "www"u8]).AsWire()));
        Assert.True(writer.TryWriteRecord(MessageSection.Additional, A("www.example.com").AsWire()));
        var (error, records) = ReadAll(writer.Message);
        Assert.Equal(MessageError.None, error);
        Assert.Equal(
            [(MessageSection.Answer, "example.com."), (MessageSection.Additional, "other.net."), (MessageSection.Additional, "www.example.com.")],
            records.Select(r => (r.Section, r.Record.Owner.ToString())));
    }

    [Fact]
    public void Sections_out_of_order_are_a_mistake_of_the_caller()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() =>
        {
            var writer = new MessageWriter(new byte[512], 1, 0);
            writer.TryWriteRecord(MessageSection.Authority, A("example.com").AsWire());
            writer.TryWriteRecord(MessageSection.Answer, A("example.com").AsWire());
        });
    }

    [Fact]
    public void RDATA_that_is_not_well_formed_goes_out_as_it_is()
    {
        var record = Record("example.com", RecordType.MX, [0]);
        Assert.True(Write(record).AsSpan().EndsWith(Octets("000f 0001 00000e10 0001 00")));
    }

    [Fact]
    public void Any_records_come_back_as_they_went()
    {
        var label = Gen.OneOf(Gen.Const("a"), Gen.Const("b"), Gen.Const("A"), Gen.Const("www"), Gen.Const("example"), Gen.Const("com"), Gen.String[Gen.Char['a', 'z'], 1, 20]);
        var name = label.Array[0, 5].Select(labels => labels.Length == 0 ? "." : string.Join('.', labels));
        var record = Gen.Select(name, name, name, Gen.Int[0, 5], Gen.UInt).Select((owner, one, two, kind, ttl) => kind switch
        {
            0 => Record(owner, RecordType.NS, Name(one).Wire.ToArray(), ttl),
            1 => Record(owner, RecordType.MX, [0, 10, .. Name(one).Wire], ttl),
            2 => Record(owner, RecordType.MINFO, [.. Name(one).Wire, .. Name(two).Wire], ttl),
            3 => Record(owner, RecordType.SRV, [0, 0, 0, 0, 0, 0, .. Name(one).Wire], ttl),
            4 => Record(owner, RecordType.TXT, [1, (byte)'x'], ttl),
            _ => A(owner),
        });
        record.Array[0, 60].Sample(records =>
        {
            var writer = new MessageWriter(new byte[65_535], 1, 0, new NameCompressor(32));
            var written = new List<ResourceRecord>();
            foreach (var each in records)
            {
                var mark = writer.Mark();
                Assert.True(writer.TryWriteRecord(MessageSection.Answer, each.AsWire()));
                if (each.Ttl % 5 == 0)
                {
                    writer.Rollback(mark);
                }
                else
                {
                    written.Add(each);
                }
            }

            var (error, read) = ReadAll(writer.Message);
            return error == MessageError.None && read.Select(r => r.Record).SequenceEqual(written)
                && read.Zip(written).All(pair => pair.First.Record.Owner.ToString() == pair.Second.Owner.ToString());
        }, iter: 3_000);
    }

    [Fact]
    public void Names_beyond_the_reach_of_pointers_are_written_out()
    {
        var writer = new MessageWriter(new byte[65_535], 1, 0, new NameCompressor());
        var records = Enumerable.Range(0, 1_000).Select(i => A($"host{i}.example.com")).ToList();
        foreach (var record in records)
        {
            Assert.True(writer.TryWriteRecord(MessageSection.Answer, record.AsWire()));
            Assert.True(writer.TryWriteRecord(MessageSection.Answer, record.AsWire()));
        }

        var (error, read) = ReadAll(writer.Message);
        Assert.Equal(MessageError.None, error);
        Assert.True(writer.Length > NameCompressor.Reach);
        Assert.Equal(records.SelectMany(r => new[] { r, r }), read.Select(r => r.Record));
    }

    [Fact]
    public void EDNS_options_are_read_as_they_were_written()
    {
        Span<byte> options = stackalloc byte[64];
        var length = EdnsOption.Write(options, EdnsOptionCode.Nsid, "node1"u8);
        length += EdnsOption.WriteExtendedError(options[length..], ExtendedErrorCode.InvalidData, "expired");
        var writer = new MessageWriter(new byte[512], 1, 0);
        Assert.True(writer.TryWriteOpt(new EdnsHeader(1232, DnssecOk: true, ExtendedCode: 1), options[..length]));

        var reader = new MessageReader(writer.Message, new byte[MessageReader.ScratchLength]);
        Assert.True(reader.TryReadRecord(out var opt));
        var edns = EdnsHeader.From(opt);
        Assert.Equal(new EdnsHeader(1232, true, 1), edns);
        Assert.Equal(ResponseCode.BadVers, edns.ResponseCode(ResponseCode.NoError));
        var rest = opt.Rdata;
        Assert.True(EdnsOption.TryRead(ref rest, out var nsid));
        Assert.Equal("node1"u8.ToArray(), nsid.Data.ToArray());
        Assert.True(EdnsOption.TryRead(ref rest, out var error));
        Assert.Equal(EdnsOptionCode.ExtendedError, error.Code);
        Assert.Equal([0, 24, .. "expired"u8], error.Data.ToArray());
        Assert.False(EdnsOption.TryRead(ref rest, out _));
        Assert.True(rest.IsEmpty);
    }

    [Fact]
    public void An_EDNS_option_longer_than_the_record_is_malformed()
    {
        ReadOnlySpan<byte> rest = [0, 3, 0, 2, 1];
        Assert.False(EdnsOption.TryRead(ref rest, out _));
        Assert.False(rest.IsEmpty);
    }
}
