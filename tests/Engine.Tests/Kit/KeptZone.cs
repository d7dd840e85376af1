using System.Buffers.Binary;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.TransferOut;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Kit;

/// <summary>
/// A zone in memory and in a content store, as transfers out meet it: changed by differences on top of the chunks, written anew, loaded after a restart.
/// </summary>
internal sealed class KeptZone : IDisposable
{
    private static readonly IPEndPoint s_server = new(IPAddress.Loopback, 53);

    public KeptZone(ZoneContents zone)
    {
        Contents = zone;
        Write();
    }

    public static TsigKey Key { get; } = new(DomainName.Parse("key.example"), TsigAlgorithm.HmacSha256, new byte[32]);

    public MemoryContentStore Store { get; } = new();

    public ZoneContents Contents { get; private set; }

    /// <summary>How the version lies in the store, however much of it has changed.</summary>
    public KeptChunks Chunks { get; private set; } = null!;

    /// <summary>Writes the version whole, as the store asks for when differences outgrow their share.</summary>
    public void Write()
    {
        var content = new StoredContent(1, ContentKind.Primary, Contents.Serial, Contents.RecordCount, DateTimeOffset.UnixEpoch);
        Chunks = new(Store.Replace([new(content, ZoneChunks.Pack(Contents, new()))], CancellationToken.None)[0], []);
    }

    /// <summary>A version with the next serial, these records (master file lines) less and more, kept by its difference as an IXFR brings it.</summary>
    public void Change(string deleted, string added)
    {
        var soa = Contents.Find(Contents.Apex, RecordType.SOA)[0];
        var next = soa.Rdata.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(next.AsSpan(next.Length - 20), Contents.Serial + 1);
        List<ResourceRecord> less = [soa, .. TestZone.Records(deleted)];
        var newer = ResourceRecord.From(new WireRecord(soa.Owner.Wire, soa.Type, soa.Class, soa.Ttl, next));
        List<ResourceRecord> more = [newer, .. TestZone.Records(added)];
        var writer = new DifferenceWriter();
        foreach (var record in less.Concat(more))
        {
            writer.Add(record.AsWire());
        }

        var difference = new Difference(Contents.Serial, Contents.Serial + 1, writer.Take(), less.Count, more.Count);
        using (Contents)
        {
            Contents = DifferenceReplay.Apply(Contents, [difference]);
        }

        var content = new StoredContent(1, ContentKind.Primary, Contents.Serial, Contents.RecordCount, DateTimeOffset.UnixEpoch);
        Assert.Equal([Chunks.Set], Store.Append([new(content, [difference])], CancellationToken.None));
        Chunks = Chunks with { OnTop = Chunks.OnTop.Add(difference) };
    }

    /// <summary>Reads both from the store, as a start does.</summary>
    public void Restart()
    {
        Contents.Dispose();
        var described = Store.List().Single();
        var journal = Store.Journal(1, ContentKind.Primary);
        Contents = ZoneChunks.Load(TestZone.Name, described, Store.Read(1, ContentKind.Primary), journal).Contents;
        Chunks = new(described.Chunks!.Value, [.. journal.Where(step => !step.IsInChunks).Select(step => step.Difference)]);
    }

    /// <summary>What a client gets that asks for the whole zone.</summary>
    /// <param name="sending">Called before each message, with the number of those before it.</param>
    public Sent Send(TsigKey? key = null, Action<int>? sending = null)
    {
        using var transfer = new KeptTransfer(this, key);
        while (!transfer.IsDone)
        {
            sending?.Invoke(transfer.Messages);
            transfer.SendNext();
        }

        return transfer.Sent;
    }

    public void Dispose() => Contents.Dispose();

    /// <summary>All records in a form that tells everything but their order.</summary>
    public static IEnumerable<string> RecordsOf(ZoneContents zone)
    {
        var records = new List<string>();
        using var walk = zone.Walk();
        while (walk.MoveNext())
        {
            records.Add(Describe(walk.Current));
        }

        return records.Order(StringComparer.Ordinal);
    }

    public static string Describe(in WireRecord record) =>
        $"{DomainName.FromWire(record.Owner).ToDisplayString()} {record.Ttl} {record.Type} {Convert.ToHexString(record.Rdata)}";

    /// <param name="Records">In order of their description, the closing SOA not among them.</param>
    /// <param name="AsKept">The messages whose answers are those of a chunk, octet for octet.</param>
    internal sealed record Sent(uint Serial, IReadOnlyList<string> Records, int Messages, int AsKept);

    /// <summary>One transfer out of a version, message by message.</summary>
    internal sealed class KeptTransfer : ITransferSink, IDisposable
    {
        private readonly InboundTransfer _inbound;
        private readonly TransferAnswer _answer;
        private readonly ZoneContents _contents;
        private readonly HashSet<string> _chunks;
        private readonly List<string> _records = [];
        private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;
        private uint _serial;
        private int _asKept;

        public KeptTransfer(KeptZone zone, TsigKey? key)
        {
            _contents = zone.Contents.Share();
            _chunks = [.. zone.Store.Read(1, ContentKind.Primary).Select(chunk => Convert.ToHexString(chunk.Span[12..]))];
            _inbound = new(TestZone.Name, null, this, new Remote(s_server, key));
            var query = new byte[1024];
            var length = _inbound.WriteRequest(query, 4711, _now);
            TsigRequest.Verify(query.AsSpan(0, length), new TsigKeyRing(key is null ? [] : [key]), _now, out var tsig);
            var request = new TransferRequest(
                query.AsMemory(0, length), 4711, TestZone.Name, RecordType.AXFR, null, s_server, tsig?.Key, tsig?.Mac ?? default);
            _answer = new(_contents, Journal.Empty, request, TimeProvider.System, 0, zone.Store, zone.Chunks);
        }

        public bool IsDone => _answer.IsDone;

        public int Messages => _answer.Messages;

        public Sent Sent => new(_serial, [.. _records.Order(StringComparer.Ordinal)], Messages, _asKept);

        public void SendNext()
        {
            var message = _answer.Next().Span[2..];
            _asKept += _chunks.Contains(Convert.ToHexString(message[12..])) ? 1 : 0;
            Assert.Equal(_answer.IsDone ? TransferStep.Done : TransferStep.More, _inbound.Next(message, _now));
        }

        public void BeginZone(uint serial) => _serial = serial;

        public void BeginDifference(uint fromSerial) => Assert.Fail("The whole zone was asked for.");

        public void Add(in WireRecord record) => _records.Add(Describe(record));

        public void Delete(in WireRecord record) => Assert.Fail("The whole zone was asked for.");

        public void Dispose()
        {
            _answer.Dispose();
            _inbound.Dispose();
            _contents.Dispose();
        }
    }
}
