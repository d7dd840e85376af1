using System.Buffers.Binary;
using ManagedDns.Dns;
using ManagedDns.Engine.Tests.Zones;
using ManagedDns.Engine.Zones;
using ManagedDns.TestKit.Validation;

namespace ManagedDns.Engine.Tests.Answering;

/// <summary>
/// Gives a zone all that a signed one has: NSEC or NSEC3 records, and an RRSIG (that nobody could verify) for each authoritative RRset. Written apart from the
/// server, so that it makes the same mistake only if both do.
/// </summary>
internal static class FakeSigner
{
    public static readonly byte[] Salt = [0xAA, 0xBB, 0xCC, 0xDD];

    public const int Iterations = 12;

    public static ZoneContents Sign(string apexText, string text, bool nsec3 = false, bool optOut = false)
    {
        var apex = DomainName.Parse(apexText);
        var records = ZoneFiles.Records(apexText, text).ToList();
        var cuts = records.Where(record => record.Type == RecordType.NS && record.Owner != apex).Select(record => record.Owner).ToHashSet();
        bool IsBelowCut(DomainName name) => cuts.Any(cut => name != cut && name.IsSubdomainOf(cut));
        bool IsAuthoritative(ResourceRecord record) =>
            !IsBelowCut(record.Owner) && (!cuts.Contains(record.Owner) || record.Type is RecordType.DS or RecordType.NSEC);

        records.Add(Record(apex, RecordType.DNSKEY, [1, 1, 3, 13, 1, 2, 3]));
        if (nsec3)
        {
            records.Add(Record(apex, RecordType.NSEC3PARAM, [1, 0, 0, Iterations, (byte)Salt.Length, .. Salt]));
            AddNsec3(records, apex, optOut, IsBelowCut, cuts);
        }
        else
        {
            AddNsec(records, apex, IsBelowCut, cuts);
        }

        using var builder = new ZoneBuilder(apex);
        foreach (var set in records.GroupBy(record => (record.Owner, record.Type)))
        {
            foreach (var record in set)
            {
                builder.Add(record.AsWire());
            }

            if (IsAuthoritative(set.First()))
            {
                builder.Add(Signature(set.First(), apex).AsWire());
            }
        }

        return builder.Build();
    }

    public static byte[] Hash(DomainName name) => DenialRecords.Hash(name, Salt, Iterations);

    private static void AddNsec(List<ResourceRecord> records, DomainName apex, Func<DomainName, bool> isBelowCut, HashSet<DomainName> cuts)
    {
        var names = records.Select(record => record.Owner).Where(name => !isBelowCut(name)).Distinct().Order().ToList();
        for (var i = 0; i < names.Count; i++)
        {
            var types = TypesAt(records, names[i], cuts).Append(RecordType.NSEC).Append(RecordType.RRSIG);
            records.Add(Record(names[i], RecordType.NSEC, [.. names[(i + 1) % names.Count].Wire, .. Bitmap(types)]));
        }
    }

    private static void AddNsec3(List<ResourceRecord> records, DomainName apex, bool optOut, Func<DomainName, bool> isBelowCut, HashSet<DomainName> cuts)
    {
        var names = new HashSet<DomainName>();
        foreach (var owner in records.Select(record => record.Owner).Distinct().Where(name => !isBelowCut(name)))
        {
            if (optOut && cuts.Contains(owner) && !records.Any(record => record.Owner == owner && record.Type == RecordType.DS))
            {
                continue;
            }

            for (var name = owner; name != apex; name = name.Parent)
            {
                names.Add(name);
            }
        }

        names.Add(apex);
        var hashed = names.Select(name => (Name: name, Hash: Hash(name))).OrderBy(pair => Convert.ToHexString(pair.Hash)).ToList();
        for (var i = 0; i < hashed.Count; i++)
        {
            var types = TypesAt(records, hashed[i].Name, cuts).ToList();
            var signed = types.Count > 0 && !(types.Contains(RecordType.NS) && !types.Contains(RecordType.SOA) && !types.Contains(RecordType.DS));
            records.Add(Record(DenialRecords.Owner(apex, hashed[i].Hash), RecordType.NSEC3,
            [
                1, (byte)(optOut ? 1 : 0), 0, Iterations, (byte)Salt.Length, .. Salt, 20, .. hashed[(i + 1) % hashed.Count].Hash,
                .. Bitmap(signed ? types.Append(RecordType.RRSIG) : types),
            ]));
        }
    }

    private static IEnumerable<RecordType> TypesAt(List<ResourceRecord> records, DomainName name, HashSet<DomainName> cuts) =>
        records.Where(record => record.Owner == name && record.Type is not (RecordType.NSEC3 or RecordType.NSEC)).Select(record => record.Type).Distinct()
            .Where(type => !cuts.Contains(name) || type is RecordType.NS or RecordType.DS);

    private static byte[] Bitmap(IEnumerable<RecordType> types)
    {
        var bitmap = new List<byte>();
        foreach (var window in types.GroupBy(type => (int)type >> 8).OrderBy(window => window.Key))
        {
            var octets = new byte[(window.Max(type => (int)type & 0xFF) / 8) + 1];
            foreach (var type in window)
            {
                octets[((int)type & 0xFF) / 8] |= (byte)(0x80 >> ((int)type & 7));
            }

            bitmap.AddRange([(byte)window.Key, (byte)octets.Length, .. octets]);
        }

        return [.. bitmap];
    }

    private static ResourceRecord Record(DomainName owner, RecordType type, byte[] rdata) => new(owner, type, RecordClass.IN, 300, rdata);

    private static ResourceRecord Signature(ResourceRecord of, DomainName apex)
    {
        var rdata = new byte[18];
        BinaryPrimitives.WriteUInt16BigEndian(rdata, (ushort)of.Type);
        rdata[2] = 13;
        rdata[3] = (byte)(of.Owner.LabelCount - (of.Owner.IsWildcard ? 1 : 0));
        BinaryPrimitives.WriteUInt32BigEndian(rdata.AsSpan(4), of.Ttl);
        BinaryPrimitives.WriteUInt32BigEndian(rdata.AsSpan(8), 2_000_000_000);
        BinaryPrimitives.WriteUInt32BigEndian(rdata.AsSpan(12), 1_700_000_000);
        return new ResourceRecord(of.Owner, RecordType.RRSIG, RecordClass.IN, of.Ttl, (byte[])[.. rdata, .. apex.Wire, 1, 2, 3, 4]);
    }
}
