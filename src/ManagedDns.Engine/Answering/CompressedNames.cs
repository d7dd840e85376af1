using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using ManagedDns.Dns;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Answering;

/// <summary>
/// Appends RRsets whose RDATA ends in a name (NS, PTR, MX), each name ending in a pointer to what it shares with the name that is answered, which lies in the message,
/// or with the record before it (RFC 1035 §4.1.4). Only octets that are equal are shared, so that every case arrives as it was (RFC 4343 §4.1).
/// </summary>
internal static unsafe class CompressedNames
{
    private const int PointerLength = 2;

    /// <summary>The octets of RDATA ahead of the name; -1 where there is no such name, or it must not be compressed (RFC 3597 §4).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Prefix(RecordSet* set) => (RecordType)set->Type switch
    {
        RecordType.NS or RecordType.PTR => 0,
        RecordType.MX => 2,
        _ => -1,
    };

    /// <summary>Appends a set that must be there.</summary>
    /// <param name="prefix">As <see cref="Prefix"/> says.</param>
    /// <param name="name">Where the name that is answered lies in the message, whole.</param>
    /// <param name="nameLength">Its octets.</param>
    /// <param name="owner">Where the owner lies: that name or one above it.</param>
    /// <returns>Whether it fitted.</returns>
    public static bool Require(Response* response, RecordSet* set, int prefix, int name, int nameLength, int owner, ref int count)
    {
        var start = response->At;
        var answered = new Earlier { Name = response->Message + name, Length = nameLength, Written = nameLength, Place = name };
        var last = default(Earlier);
        var ownerPointer = (ushort)(Response.PointerTag | owner);
        var head = RecordSet.RecordHeader + prefix;
        for (var record = set->Records; record < (byte*)set->Next; record = RecordSet.NextRecord(record))
        {
            var target = record + head;
            var length = RecordSet.RdataLength(record) - prefix;
            var written = answered.Share(target, length, length, out var rest);
            written = last.Share(target, length, written, out var closer);
            rest = closer != 0 ? closer : rest;

            var rdata = prefix + written + (rest != 0 ? PointerLength : 0);
            var at = response->At;
            if (RecordSet.RecordHeader + rdata > response->End - at)
            {
                response->At = start;
                response->IsOverfull = true;
                return false;
            }

            Unsafe.CopyBlockUnaligned(at, record, (uint)(head + written));
            Write(at, ownerPointer);
            Write(at + RecordSet.RecordHeader - 2, (ushort)rdata);
            last = new Earlier { Name = target, Length = length, Written = written, Place = (int)(at - response->Message) + head, Rest = rest };
            at += head + written;
            if (rest != 0)
            {
                Write(at, (ushort)(Response.PointerTag | rest));
                at += PointerLength;
            }

            response->At = at;
        }

        count += set->Count;
        return true;
    }

    private static void Write(byte* at, ushort value) => Unsafe.WriteUnaligned(at, BinaryPrimitives.ReverseEndianness(value));

    /// <summary>A name that lies in the message already.</summary>
    private struct Earlier
    {
        /// <summary>The whole name, wherever that lies.</summary>
        public byte* Name;
        public int Length;

        /// <summary>So many of its octets stand in the message at <see cref="Place"/>, and the others at <see cref="Rest"/>.</summary>
        public int Written;
        public int Place;
        public int Rest;

        /// <summary>Looks for the longest end that another name shares with this one, labels whole.</summary>
        /// <param name="most">Less than so many octets must be left to write out.</param>
        /// <param name="place">Where the shared end lies in the message; 0: there is none.</param>
        /// <returns>The octets to write out; <paramref name="most"/> where there is no such end.</returns>
        public readonly int Share(byte* name, int length, int most, out int place)
        {
            place = 0;
            var ahead = Length - length;
            // A pointer takes more room than the root label.
            var end = Math.Min(most, length - 1);
            for (var at = 0; at < end; at += name[at] + 1)
            {
                var there = at + ahead;
                if (there < 0 || there > Written || name[at] != Name[there] || !IsLabel(there)
                    || !new ReadOnlySpan<byte>(name + at, length - at).SequenceEqual(new ReadOnlySpan<byte>(Name + there, length - at)))
                {
                    continue;
                }

                var found = there < Written ? Place + there : Rest;
                if (found > Response.MaxPointer)
                {
                    continue;
                }

                place = found;
                return at;
            }

            return most;
        }

        private readonly bool IsLabel(int there)
        {
            var label = 0;
            while (label < there)
            {
                label += Name[label] + 1;
            }

            return label == there;
        }
    }
}
