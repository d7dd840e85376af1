using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;
using static ManagedDns.Dns.Tests.Wire.WireTestData;

namespace ManagedDns.Dns.Tests.Transfer;

public class TransferPackerTests
{
    private static List<byte[]> Pack(TransferPacker packer, IEnumerable<ResourceRecord> records)
    {
        var messages = new List<byte[]>();
        packer.Begin(0, 0);
        foreach (var record in records)
        {
            if (!packer.TryAdd(record.AsWire()))
            {
                messages.Add(packer.Message.ToArray());
                packer.Begin(0, 0);
                Assert.True(packer.TryAdd(record.AsWire()));
            }
        }

        messages.Add(packer.Message.ToArray());
        return messages;
    }

    [Fact]
    public void Records_come_back_in_order_from_full_messages()
    {
        var records = Enumerable.Range(0, 5_000)
            .Select(i => i % 3 == 0 ? NS($"host{i / 3}.example.com", $"ns{i % 7}.example.net") : A($"host{i / 3}.example.com", (byte)i)).ToList();
        var messages = Pack(new TransferPacker(), records);
        Assert.All(messages.SkipLast(1), message => Assert.InRange(message.Length, NameCompressor.Reach - 100, NameCompressor.Reach));
        Assert.Equal(records, messages.SelectMany(message => ReadAll(message).Records).Select(r => r.Record));
        Assert.All(messages, message => Assert.Equal(MessageError.None, ReadAll(message).Error));
    }

    [Fact]
    public void A_record_longer_than_a_full_message_has_one_of_its_own()
    {
        var large = Record("large.example.com", (RecordType)65280, new byte[60_000]);
        var messages = Pack(new TransferPacker(), [A("a.example.com"), large, A("b.example.com")]);
        Assert.Equal([1, 1, 1], messages.Select(message => ReadAll(message).Records.Count));
    }

    [Fact]
    public void A_record_that_fits_no_message_is_an_error()
    {
        var packer = new TransferPacker();
        packer.Begin(0, 0);
        Assert.Throws<InvalidDataException>(() => packer.TryAdd(Record("example.com", (RecordType)65280, new byte[65_530]).AsWire()));
    }

    [Fact]
    public void Room_for_the_signature_is_kept_free()
    {
        var key = new TsigKey(Name("a.rather.long.key.name.example"), TsigAlgorithm.HmacSha512, new byte[] { 1 });
        using var signer = TsigSigner.ForResponse(key, new byte[64]);
        var packer = new TransferPacker(key);
        packer.Begin(9, MessageHeader.ResponseFlag, Name("example.com").Wire, RecordType.AXFR);
        for (var i = 0; packer.TryAdd(A($"host{i}.example.com").AsWire()); i++)
        {
            Assert.Equal(i + 1, packer.Count);
        }

        packer.Sign(signer, DateTimeOffset.UnixEpoch);
        Assert.InRange(packer.Message.Length, NameCompressor.Reach - 100, NameCompressor.Reach);
        Assert.Equal(TsigPresence.Signed, TsigRecord.Find(packer.Message.Span, new byte[MessageReader.ScratchLength], out _));
        Assert.Equal(packer.Message.Length, (packer.Frame.Span[0] << 8) | packer.Frame.Span[1]);
        Assert.Equal(packer.Message.ToArray(), packer.Frame[2..].ToArray());
    }
}
