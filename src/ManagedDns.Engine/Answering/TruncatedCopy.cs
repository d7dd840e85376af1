using System.Buffers.Binary;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Answering;

/// <summary>
/// Makes a response that was too large fit: first by compressing all names that may be; and if that does not do, by leaving out whole RRsets, with TC where one of
/// them must be there (RFC 2181 §9): all but additional data, and of that the glue below the cut (RFC 9471).
/// </summary>
internal static class TruncatedCopy
{
    /// <param name="message">The whole response: header, question, records, no OPT.</param>
    /// <param name="target">Where header and question lie already; the copy is written behind them.</param>
    /// <param name="limit">The length the copy may reach.</param>
    /// <param name="counts">The copy's answers, authorities and additionals.</param>
    /// <returns>The copy's length.</returns>
    public static int Write(
        ReadOnlySpan<byte> message, Span<byte> target, int limit, AnswerContext context, Span<int> counts, out bool truncated)
    {
        var reader = new MessageReader(message, context.Scratch);
        var header = reader.Header;
        reader.TryReadQuestion(out var question);
        var writer = new MessageWriter(target, header.Id, header.Flags, context.Names);
        writer.TryWriteQuestion(question.Name, question.Type, question.Class);
        writer.Limit = limit;

        truncated = false;
        counts.Clear();
        var group = new Group();
        var mark = writer.Mark();
        var inGroup = 0;
        while (reader.TryReadRecord(out var record))
        {
            var section = reader.Section;
            if (!group.Continues(record, section))
            {
                group = new Group(record, section);
                mark = writer.Mark();
                inGroup = 0;
            }

            if (section == MessageSection.Authority && record.Type == RecordType.NS)
            {
                context.Owner[0] = 0;
                record.Owner.CopyTo(context.Owner);
            }

            if (group.IsLeftOut)
            {
                continue;
            }

            if (writer.TryWriteRecord(section, record))
            {
                counts[(int)section - 1]++;
                inGroup++;
                continue;
            }

            writer.Rollback(mark);
            counts[(int)section - 1] -= inGroup;
            group.IsLeftOut = true;
            if (section != MessageSection.Additional || IsRequiredGlue(record, context.Owner, counts))
            {
                truncated = true;
                break;
            }
        }

        return writer.Length;
    }

    /// <summary>
    /// Cuts a response down to header, question and OPT, with TC: what is left for a client whose way is too narrow even for the size that it named
    /// (RFC 9715 §3.1).
    /// </summary>
    /// <returns>The octets that are left; 0 where nothing can be cut, as from what is signed.</returns>
    public static int LeaveQuestion(Span<byte> message, AnswerContext context)
    {
        var reader = new MessageReader(message, context.Scratch);
        if (reader.Header.QuestionCount > 0 && !reader.TryReadQuestion(out _))
        {
            return 0;
        }

        var length = reader.Position;
        var (opt, optLength) = (0, 0);
        for (var start = length; reader.TryReadRecord(out var record); start = reader.Position)
        {
            if (record.Type == RecordType.TSIG)
            {
                return 0;
            }

            (opt, optLength) = record.Type == RecordType.OPT ? (start, reader.Position - start) : (opt, optLength);
        }

        if (length + optLength == message.Length)
        {
            return 0;
        }

        message.Slice(opt, optLength).CopyTo(message[length..]);
        message[MessageHeader.FlagsOffset] |= MessageHeader.TruncatedFlag >> 8;
        message.Slice(MessageHeader.AnswerCountOffset, 6).Clear();
        message[MessageHeader.AdditionalCountOffset + 1] = (byte)(optLength > 0 ? 1 : 0);
        return length + optLength;
    }

    private static bool IsRequiredGlue(in WireRecord record, ReadOnlySpan<byte> cut, ReadOnlySpan<int> counts) =>
        counts[1] > 0 && cut[0] != 0 && WireName.IsSubdomainOf(record.Owner, cut[..WireName.Length(cut)]);

    /// <summary>What is kept or left out as a whole: an RRset of a section, and its signatures likewise.</summary>
    private ref struct Group(WireRecord record, MessageSection section)
    {
        private readonly ulong _owner = Fingerprint(record.Owner);
        private readonly RecordType _type = record.Type;
        private readonly int _covered = Covered(record);
        private readonly MessageSection _section = section;

        public bool IsLeftOut { get; set; }

        public readonly bool Continues(in WireRecord record, MessageSection section) =>
            section == _section && record.Type == _type && Covered(record) == _covered && Fingerprint(record.Owner) == _owner;

        private static int Covered(in WireRecord record) =>
            record.Type == RecordType.RRSIG && record.Rdata.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(record.Rdata) : 0;

        private static ulong Fingerprint(ReadOnlySpan<byte> name) => ((ulong)name.Length << 32) | (uint)WireName.HashCode(name);
    }
}
