using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Wire;
using ManagedDns.TestKit;

namespace ManagedDns.Lookup.Tests;

/// <summary>
/// A small authoritative server on real UDP and TCP sockets: zones from text; answers, aliases, referrals with glue, DS at the cut, negative answers.
/// </summary>
internal sealed class TestNameServer : IDisposable
{
    private static readonly IPAddress[] s_addresses = [.. Enumerable.Range(1, 9).Select(host => IPAddress.Parse($"127.0.0.{host}"))];

    private readonly List<(DomainName Apex, List<ResourceRecord> Records)> _zones = [];
    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly Task _serving;

    /// <param name="port">On several addresses the same one; null: one that is free on those that a test may use.</param>
    public TestNameServer(string address, int? port = null)
    {
        (_udp, _tcp) = Bind(new IPEndPoint(IPAddress.Parse(address), port ?? LoopbackPort.FreeOn(s_addresses)));
        EndPoint = (IPEndPoint)_udp.LocalEndPoint!;
        _tcp.Listen();
        _serving = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Whether every answer over UDP is only a header that says "truncated".</summary>
    public bool Truncates { get; set; }

    /// <summary>What is answered instead.</summary>
    public ResponseCode Code { get; set; }

    public List<string> Questions { get; } = [];

    public TestNameServer Serve(string apex, string text)
    {
        using var reader = ZoneFileReader.FromText($"$TTL 60\n@ SOA ns.{apex.TrimStart('.')} host 1 2 3 4 5\n{text}", DomainName.Parse(apex));
        var records = new List<ResourceRecord>();
        while (reader.Read())
        {
            records.Add(ResourceRecord.From(reader.Current));
        }

        _zones.Add((DomainName.Parse(apex), records));
        return this;
    }

    public void Dispose()
    {
        _udp.Dispose();
        _tcp.Dispose();
        _serving.ContinueWith(_ => { }, TaskScheduler.Default).Wait(TimeSpan.FromSeconds(10));
    }

    private static (Socket Udp, Socket Tcp) Bind(IPEndPoint endPoint)
    {
        var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        udp.Bind(endPoint);
        tcp.Bind(endPoint);
        return (udp, tcp);
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[ushort.MaxValue];
        while (true)
        {
            var received = await _udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
            await _udp.SendToAsync(Answer(buffer.AsSpan(0, received.ReceivedBytes), overTcp: false), received.RemoteEndPoint);
        }
    }

    private async Task ServeTcpAsync()
    {
        while (true)
        {
            using var client = await _tcp.AcceptAsync();
            await using var stream = new NetworkStream(client);
            var length = new byte[2];
            await stream.ReadExactlyAsync(length);
            var query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
            await stream.ReadExactlyAsync(query);
            var answer = Answer(query, overTcp: true);
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)answer.Length);
            await stream.WriteAsync((byte[])[.. length, .. answer]);
        }
    }

    private byte[] Answer(ReadOnlySpan<byte> query, bool overTcp)
    {
        var reader = new MessageReader(query);
        Assert.True(reader.TryReadQuestion(out var question));
        var name = DomainName.FromWire(question.Name);
        lock (Questions)
        {
            Questions.Add($"{name} {question.Type}{(overTcp ? " tcp" : "")}");
        }

        var buffer = new byte[ushort.MaxValue];
        var writer = new MessageWriter(buffer, reader.Header.Id, MessageHeader.ResponseFlag);
        Assert.True(writer.TryWriteQuestion(question.Name, question.Type, question.Class));
        if (Code != ResponseCode.NoError || (Truncates && !overTcp))
        {
            writer.Flags = (ushort)(MessageHeader.ResponseFlag | (int)Code | (Truncates ? MessageHeader.TruncatedFlag : 0));
            return writer.Message.ToArray();
        }

        writer.Flags = Compose(ref writer, name, question.Type);
        return writer.Message.ToArray();
    }

    private ushort Compose(ref MessageWriter writer, DomainName name, RecordType type)
    {
        var zone = _zones.Where(zone => name.IsSubdomainOf(zone.Apex) && (type != RecordType.DS || name != zone.Apex)).MaxBy(zone => zone.Apex.LabelCount);
        if (zone.Apex is null)
        {
            return MessageHeader.ResponseFlag | (int)ResponseCode.Refused;
        }

        var cut = zone.Records.FirstOrDefault(record => record.Type == RecordType.NS && record.Owner != zone.Apex && name.IsSubdomainOf(record.Owner))?.Owner;
        if (cut is not null && !(type == RecordType.DS && name == cut))
        {
            Write(ref writer, MessageSection.Authority, zone.Records.Where(record => record.Owner == cut && record.Type == RecordType.NS));
            Write(
                ref writer, MessageSection.Additional,
                zone.Records.Where(record => record.Owner.IsSubdomainOf(cut) && record.Type is RecordType.A or RecordType.AAAA));
            return MessageHeader.ResponseFlag;
        }

        var answers = zone.Records.Where(record => record.Owner == name && (record.Type == type || record.Type == RecordType.CNAME)).ToList();
        Write(ref writer, MessageSection.Answer, answers);
        if (answers.Count == 0)
        {
            Write(ref writer, MessageSection.Authority, zone.Records[..1]);
        }

        var exists = zone.Records.Any(record => record.Owner.IsSubdomainOf(name));
        return (ushort)(MessageHeader.ResponseFlag | MessageHeader.AuthoritativeFlag | (exists ? 0 : (int)ResponseCode.NXDomain));
    }

    private static void Write(ref MessageWriter writer, MessageSection section, IEnumerable<ResourceRecord> records)
    {
        foreach (var record in records)
        {
            Assert.True(writer.TryWriteRecord(section, record.AsWire()));
        }
    }
}
