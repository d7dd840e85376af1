using System.Globalization;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Tests.Protocol;

/// <summary>
/// Broken messages of all kinds, straight into the query processor: no exception, an answer or (to what is no query) silence, and every answer
/// well-formed and within its limit. MANAGEDDNS_FUZZ_ITERATIONS makes it as long as wanted, MANAGEDDNS_FUZZ_SEED repeats or varies it.
/// </summary>
public sealed class FuzzTests(ProtocolServer server) : IClassFixture<ProtocolServer>
{
    private const int DefaultIterations = 300_000;
    private const int DefaultSeed = 1035;

    private static readonly string[] s_names =
        ["www.example.", "none.example.", "x.y.wild.example.", "alias.example.", "a.b.sub.example.", ProtocolServer.NameOf4000, "example.", ".", "other."];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whatever_comes_in_is_answered_well_or_not_at_all(bool overUdp)
    {
        var iterations = Setting("MANAGEDDNS_FUZZ_ITERATIONS", DefaultIterations);
        var seed = Setting("MANAGEDDNS_FUZZ_SEED", DefaultSeed);
        var mutator = new Mutator(seed, Corpus());
        var answered = 0;
        for (var number = 0; number < iterations; number++)
        {
            var message = mutator.Make(number);
            if (number % 8 == 0 && message.Length >= MessageHeader.Length)
            {
                // A key's holder may send nonsense too.
                message = Sign(message);
            }

            try
            {
                answered += Judge(message, server.Process(message, overUdp), overUdp) ? 1 : 0;
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Seed {seed}, message {number}: {Convert.ToHexStringLower(message)}", error);
            }
        }

        // The fuzzer itself would be broken if its messages got nowhere.
        Assert.InRange(answered, iterations / 3, iterations);
    }

    /// <summary>Whether there was an answer. Fails where there should have been another one, or none.</summary>
    private static bool Judge(byte[] message, byte[] answer, bool overUdp)
    {
        var isQuery = MessageHeader.TryRead(message, out var query) && !query.IsResponse;
        if (answer.Length == 0)
        {
            Assert.False(isQuery);
            return false;
        }

        Assert.True(isQuery);
        var reply = new Reply(answer);
        Assert.Equal(query.Id, reply.Header.Id);
        Assert.Equal(query.Opcode, reply.Header.Opcode);
        Assert.Equal(query.RecursionDesired, reply.Header.RecursionDesired);
        Assert.InRange(answer.Length, MessageHeader.Length, overUdp ? EdnsHeader.DefaultPayloadSize : ushort.MaxValue);
        Assert.InRange(reply.Questions.Count, 0, 1);
        if (reply.Questions.Count == 1)
        {
            var length = WireName.Length(answer.AsSpan(MessageHeader.Length)) + 4;
            Assert.Equal(message.AsSpan(MessageHeader.Length, length), answer.AsSpan(MessageHeader.Length, length));
        }

        if (IsPlain(message))
        {
            Assert.Null(reply.Edns);
            Assert.InRange(answer.Length, MessageHeader.Length, overUdp ? 512 : ushort.MaxValue);
        }

        return true;
    }

    /// <summary>Whether the message is whole and has no OPT.</summary>
    private static bool IsPlain(byte[] message)
    {
        var reader = new MessageReader(message, new byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            if (record.Type == RecordType.OPT)
            {
                return false;
            }
        }

        return reader.Error == MessageError.None;
    }

    private List<byte[]> Corpus()
    {
        var corpus = new List<byte[]>();
        foreach (var name in s_names)
        {
            foreach (var type in new[] { RecordType.A, RecordType.TXT, RecordType.ANY, RecordType.DS, RecordType.SOA, RecordType.NS })
            {
                corpus.Add(Packet.Query(name, type).ToArray());
                corpus.Add(Packet.Query(name, type).Opt(flags: 0x8000).ToArray());
                corpus.Add(Packet.Query(name, type).Opt(options:
                [
                    .. Packet.OptionOf(EdnsOptionCode.Cookie, new byte[8]), .. Packet.OptionOf(EdnsOptionCode.Nsid, []), .. Packet.OptionOf(EdnsOptionCode.Expire, []),
                    .. Packet.OptionOf(EdnsOptionCode.TcpKeepalive, []), .. Packet.OptionOf(EdnsOptionCode.ZoneVersion, []), .. Packet.OptionOf(EdnsOptionCode.Padding, new byte[9]),
                ]).ToArray());
            }

            corpus.Add(Packet.OfOpcode((int)Opcode.Notify, MessageHeader.AuthoritativeFlag).Question(name, RecordType.SOA).ToArray());
            corpus.Add(Packet.OfOpcode((int)Opcode.Update).Question(name, RecordType.SOA).ToArray());
            corpus.Add(Sign(Packet.Query(name).ToArray()));
            corpus.Add(Sign(Packet.Query(name).Opt().ToArray()));
        }

        corpus.Add(Packet.Query("version.bind.", RecordType.TXT, RecordClass.CH).Opt().ToArray());
        corpus.Add(new Packet().Option(EdnsOptionCode.Cookie, new byte[24]).ToArray());
        return corpus;
    }

    private byte[] Sign(byte[] message)
    {
        var buffer = new byte[message.Length + TsigSigner.RecordLength(ProtocolServer.Key)];
        message.CopyTo(buffer, 0);
        using var signer = TsigSigner.ForRequest(ProtocolServer.Key);
        return buffer[..signer.Sign(buffer, message.Length, server.Now)];
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
