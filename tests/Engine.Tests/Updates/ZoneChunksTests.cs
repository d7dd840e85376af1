using System.Text;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Updates;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Updates;

public class ZoneChunksTests
{
    [Fact]
    public void What_was_packed_is_loaded_again_record_for_record()
    {
        using var zone = TestZone.Build(TestZone.Text(7, LargeText()));
        using var loaded = ZoneChunks.Load(TestZone.Name, Describe(zone.Serial, zone.RecordCount), Pack(zone), []);
        Assert.True(Pack(zone).Count > 2);
        Assert.True(ZoneComparison.AreSame(zone, loaded.Contents));
    }

    [Fact]
    public void A_chunk_is_a_message_with_answers_only_and_the_first_record_is_the_SOA()
    {
        using var zone = TestZone.Build(TestZone.Text(7));
        var chunk = Assert.Single(Pack(zone));
        var reader = new MessageReader(chunk.Span, new byte[MessageReader.ScratchLength]);
        Assert.Equal(0, reader.Header.Id);
        Assert.Equal(0, reader.Header.QuestionCount);
        Assert.Equal(zone.RecordCount, reader.Header.AnswerCount);
        Assert.True(reader.TryReadRecord(out var first));
        Assert.Equal(ManagedDns.Dns.RecordType.SOA, first.Type);
    }

    [Fact]
    public void Chunks_of_another_serial_than_described_are_damaged()
    {
        using var zone = TestZone.Build(TestZone.Text(7));
        Assert.Throws<InvalidDataException>(() => ZoneChunks.Load(TestZone.Name, Describe(8, zone.RecordCount), Pack(zone), []));
    }

    [Fact]
    public void Chunks_that_end_early_are_damaged()
    {
        using var zone = TestZone.Build(TestZone.Text(7, LargeText()));
        var chunks = Pack(zone);
        Assert.Throws<InvalidDataException>(() => ZoneChunks.Load(TestZone.Name, Describe(zone.Serial, zone.RecordCount), chunks[..^1], []));
        chunks[0] = chunks[0][..^5];
        Assert.Throws<InvalidDataException>(() => ZoneChunks.Load(TestZone.Name, Describe(zone.Serial, zone.RecordCount), chunks, []));
    }

    private static List<ReadOnlyMemory<byte>> Pack(Engine.Zones.ZoneContents zone) => [.. ZoneChunks.Pack(zone, new()).Select(chunk => (ReadOnlyMemory<byte>)chunk.ToArray())];

    private static StoredContent Describe(uint serial, long records) => new(1, ContentKind.Primary, serial, records, DateTimeOffset.UnixEpoch);

    private static string LargeText()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 2000; i++)
        {
            text.Append(null, $"host{i} A 10.0.{i / 256}.{i % 256}\nhost{i} TXT \"{new string('x', i % 200)}\"\n");
        }

        return text.ToString();
    }
}
