using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Tests.Kit;

namespace ManagedDns.Engine.Tests.TransferOut;

/// <summary>A secondary that asks for several things over one connection before it has read the first answer (RFC 7766 §6.2.1, RFC 5936 §4.1.1).</summary>
public sealed class PipelinedTransferTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => File.Delete(_path);

    [Fact]
    public async Task Transfers_and_queries_asked_for_together_are_all_answered_whole_whichever_way_their_messages_mix()
    {
        var hosts = string.Join('\n', Enumerable.Range(0, 3000).Select(i => $"host{i} A 192.0.2.1"));
        await File.WriteAllTextAsync(_path, TestZone.Text(7, hosts), Cancellation);
        var settings = TestServer.FromFile(_path);
        await using var server = await TestServer.StartAsync(settings with { ZoneTransferAcls = [new(1, 1, IPNetwork.Parse("127.0.0.0/8"), null)] });
        await server.HasSerialAsync(7);
        using var client = new TcpClient();
        await client.ConnectAsync(server.EndPoint, Cancellation);
        RecordType[] asked = [RecordType.AXFR, RecordType.SOA, RecordType.AXFR, RecordType.NS, RecordType.SOA];
        await client.GetStream().WriteAsync(asked.SelectMany((type, id) => Frame((ushort)id, type)).ToArray(), Cancellation);

        var answers = asked.Select(_ => new List<RecordType>()).ToArray();
        while (!asked.Zip(answers).All(pair => pair.First == RecordType.AXFR ? pair.Second.Count(type => type == RecordType.SOA) == 2 : pair.Second.Count > 0))
        {
            var (id, records) = await ReadAsync(client.GetStream());
            answers[id].AddRange(records);
        }

        // SOA, NS, two addresses, the hosts, and the SOA again.
        Assert.All([answers[0], answers[2]], transfer => Assert.Equal(3005, transfer.Count));
        Assert.Equal([RecordType.SOA], answers[1]);
        Assert.Equal([RecordType.NS], answers[3]);
    }

    private static byte[] Frame(ushort id, RecordType type)
    {
        var message = new byte[514];
        var writer = new MessageWriter(message.AsSpan(2), id, 0);
        writer.TryWriteQuestion(TestZone.Name.Wire, type, RecordClass.IN);
        BinaryPrimitives.WriteUInt16BigEndian(message, (ushort)writer.Length);
        return message[..(writer.Length + 2)];
    }

    private static async Task<(ushort Id, List<RecordType> Answers)> ReadAsync(NetworkStream stream)
    {
        var prefix = new byte[2];
        await stream.ReadExactlyAsync(prefix, Cancellation);
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
        await stream.ReadExactlyAsync(message, Cancellation);
        var reader = new MessageReader(message, new byte[MessageReader.ScratchLength]);
        var types = new List<RecordType>();
        while (reader.TryReadRecord(out var record))
        {
            if (reader.Section == MessageSection.Answer)
            {
                types.Add(record.Type);
            }
        }

        Assert.Equal((MessageError.None, ResponseCode.NoError), (reader.Error, reader.Header.ResponseCode));
        return (reader.Header.Id, types);
    }
}
