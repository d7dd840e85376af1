using CsCheck;
using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Records;

namespace ManagedDns.Dns.Tests.Presentation;

public class ZoneFileWriterTests
{
    [Fact]
    public void What_is_written_is_read_back_record_by_record()
    {
        var types = Enum.GetValues<RecordType>().Where(RecordTypeNames.IsData).ToArray();
        var record = Gen.OneOf(types).SelectMany(type => Gen.Select(
            RdataGenerator.Name, Gen.UInt[0, int.MaxValue], RdataGenerator.For(RdataLayout.Of(type)),
            (owner, ttl, rdata) => new ResourceRecord(DomainName.FromWire(owner), type, RecordClass.IN, ttl, rdata)));
        record.Array[0, 20].Sample(
            records =>
            {
                using var file = Written(records);
                var first = file.ToArray();
                Assert.DoesNotContain(first, octet => octet > 0x7E);
                Assert.Equal(records.Length, first.Count(octet => octet == '\n'));
                Assert.Equal(records, Read(file));
            },
            iter: 2000);
    }

    [Fact]
    public void A_comment_stays_one_line_and_is_skipped()
    {
        using var file = new MemoryStream();
        using (var writer = new ZoneFileWriter(file))
        {
            writer.WriteComment("made by\nManagedDns");
            writer.Write(new ResourceRecord(DomainName.Parse("a"), RecordType.A, RecordClass.IN, 1, new byte[] { 192, 0, 2, 1 }).AsWire());
        }

        Assert.Equal("; made by ManagedDns\na.\t1\tIN\tA\t192.0.2.1\n", System.Text.Encoding.ASCII.GetString(file.ToArray()));
    }

    [Fact]
    public void More_than_a_buffer_is_written_whole()
    {
        var records = Enumerable.Range(0, 5000).Select(i => new ResourceRecord(DomainName.Parse($"host{i}.example"), RecordType.A, RecordClass.IN, 1, new byte[] { 10, 0, (byte)(i >> 8), (byte)i })).ToArray();

        using var file = Written(records);

        Assert.Equal(records, Read(file));
    }

    private static MemoryStream Written(ResourceRecord[] records)
    {
        var file = new MemoryStream();
        using var writer = new ZoneFileWriter(file);
        foreach (var record in records)
        {
            writer.Write(record.AsWire());
        }

        return file;
    }

    private static List<ResourceRecord> Read(MemoryStream file)
    {
        using var reader = new ZoneFileReader(new MemoryStream(file.ToArray()), DomainName.Parse("elsewhere"));
        var records = new List<ResourceRecord>();
        while (reader.Read())
        {
            records.Add(ResourceRecord.From(reader.Current));
        }

        return records;
    }
}
