using System.Runtime.InteropServices;
using ManagedDns.Dns;

namespace ManagedDns.Engine.Zones;

/// <summary>Lays out a <see cref="ZoneHeader"/> and all it points to in one allocation.</summary>
internal static unsafe class ZoneHeaderWriter
{
    public static ZoneHeader* Write(Arena arena, DomainName apex, TrieNode names, TrieNode nsec3, bool hasWildcards, out long bytes)
    {
        var key = stackalloc byte[1];
        var apexCell = arena.At(Trie.Nearest(arena.Chunks, &names, key, 0)->Reference);
        var soa = NameCell.Find(apexCell, RecordType.SOA);
        var signatures = NameCell.Signatures(apexCell, soa);
        var signaturesLength = signatures == null ? 0 : signatures->Length;
        var parameters = nsec3.IsEmpty ? null : Nsec3Parameters(apexCell);
        var saltLength = parameters == null ? 0 : parameters[RecordSet.RecordHeader + 4];

        var chunkBytes = arena.ChunkCount * sizeof(byte*);
        bytes = sizeof(ZoneHeader) + chunkBytes + 2 * apex.Wire.Length + soa->Length + signaturesLength + saltLength;
        var header = (ZoneHeader*)NativeMemory.AllocZeroed((nuint)bytes);
        var at = (byte*)(header + 1);

        header->Chunks = (byte**)at;
        at = Append(at, new ReadOnlySpan<byte>(arena.Chunks, chunkBytes));
        header->Apex = at;
        header->ApexLength = apex.Wire.Length;
        header->ApexLabels = apex.LabelCount;
        header->Hash = ZoneDirectory.Hash(apex);
        foreach (var octet in apex.Wire)
        {
            *at++ = WireName.Lower(octet);
        }

        header->ApexAsGiven = at;
        at = Append(at, apex.Wire);
        header->ApexCell = apexCell;
        header->Names = names;
        header->Nsec3 = nsec3;
        header->HasWildcards = hasWildcards;

        var timers = SoaTimers.Read(new ReadOnlySpan<byte>(soa->Records, soa->Length));
        header->Serial = timers.Serial;
        header->Expire = timers.Expire;
        header->NegativeSoa = NegativeSoa.Write(at, soa, signatures, apex);
        at = header->NegativeSoa.Signatures + header->NegativeSoa.SignaturesLength;

        if (NameCell.Find(apexCell, RecordType.NSEC) != null)
        {
            header->Denial = Denial.Nsec;
        }
        else if (parameters != null)
        {
            header->Denial = Denial.Nsec3;
            header->Nsec3Iterations = (ushort)(parameters[RecordSet.RecordHeader + 2] << 8 | parameters[RecordSet.RecordHeader + 3]);
            header->Nsec3Salt = at;
            header->Nsec3SaltLength = saltLength;
            Append(at, new ReadOnlySpan<byte>(parameters + RecordSet.RecordHeader + 5, saltLength));
        }

        return header;
    }

    /// <summary>A zone that is known but has nothing to serve.</summary>
    public static ZoneHeader* WriteUnavailable(DomainName apex, ushort because)
    {
        var header = (ZoneHeader*)NativeMemory.AllocZeroed((nuint)(sizeof(ZoneHeader) + 2 * apex.Wire.Length));
        header->Apex = (byte*)(header + 1);
        header->ApexLength = apex.Wire.Length;
        header->ApexLabels = apex.LabelCount;
        header->Hash = ZoneDirectory.Hash(apex);
        header->ApexAsGiven = header->Apex + apex.Wire.Length;
        header->UnavailableBecause = because;
        var at = header->Apex;
        foreach (var octet in apex.Wire)
        {
            *at++ = WireName.Lower(octet);
        }

        Append(at, apex.Wire);
        return header;
    }

    /// <summary>The NSEC3PARAM record that tells how names are hashed (RFC 5155 §4): SHA-1 and no flags; others are chains in the making.</summary>
    private static byte* Nsec3Parameters(byte* apexCell)
    {
        var set = NameCell.Find(apexCell, RecordType.NSEC3PARAM);
        if (set == null)
        {
            return null;
        }

        var record = set->Records;
        for (; record < (byte*)set->Next; record = RecordSet.NextRecord(record))
        {
            var length = RecordSet.RdataLength(record);
            if (length >= 5 && record[RecordSet.RecordHeader] == 1 && record[RecordSet.RecordHeader + 1] == 0
                && length >= 5 + record[RecordSet.RecordHeader + 4])
            {
                return record;
            }
        }

        return null;
    }

    private static byte* Append(byte* at, ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(new Span<byte>(at, octets.Length));
        return at + octets.Length;
    }
}
