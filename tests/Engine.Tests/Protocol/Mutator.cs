using System.Buffers.Binary;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Tests.Protocol;

/// <summary>Makes broken messages out of good ones. The same seed and number give the same message.</summary>
internal sealed class Mutator(int seed, IReadOnlyList<byte[]> corpus)
{
    private const int MaxLength = 4096;

    // Ends and edges: label types, lengths, pointers.
    private static readonly byte[] s_edges = [0, 1, 0x0C, 0x29, 0x3F, 0x40, 0x7F, 0x80, 0xBF, 0xC0, 0xFA, 0xFF];

    public byte[] Make(int number)
    {
        var random = new Random(HashCode.Combine(seed) ^ (number * 0x2545F491));
        var message = corpus[random.Next(corpus.Count)].ToList();
        for (var changes = random.Next(1, 9); changes > 0; changes--)
        {
            Change(message, random);
        }

        return [.. message.Take(MaxLength)];
    }

    private void Change(List<byte> message, Random random)
    {
        var at = random.Next(message.Count + 1);
        var rest = message.Count - at;
        switch (random.Next(10))
        {
            case 0 when rest > 0:
                message[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when rest > 0:
                message[at] = s_edges[random.Next(s_edges.Length)];
                break;
            case 2 when rest > 0:
                message[at] = (byte)random.Next(256);
                break;
            case 3:
                message.Insert(at, s_edges[random.Next(s_edges.Length)]);
                break;
            case 4:
                message.RemoveRange(at, random.Next(Math.Min(rest, 16) + 1));
                break;
            case 5:
                message.RemoveRange(at, rest);
                break;
            case 6:
                var other = corpus[random.Next(corpus.Count)];
                message.InsertRange(at, other.Skip(random.Next(other.Length)));
                break;
            case 7:
                message.InsertRange(at, message.GetRange(at, random.Next(Math.Min(rest, 64) + 1)));
                break;
            case 8 when message.Count >= MessageHeader.Length:
                Count(message, random);
                break;
            case 9 when message.Count >= MessageHeader.Length:
                // Most messages should get past the first look: a query of opcode 0.
                message[MessageHeader.FlagsOffset] &= 0x07;
                break;
        }
    }

    private static void Count(List<byte> message, Random random)
    {
        Span<byte> count = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(count, (ushort)(random.Next(4) == 0 ? random.Next(65536) : random.Next(4)));
        var at = MessageHeader.QuestionCountOffset + (2 * random.Next(4));
        (message[at], message[at + 1]) = (count[0], count[1]);
    }
}
