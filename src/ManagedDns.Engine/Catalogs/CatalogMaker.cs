using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using ManagedDns.Dns;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Catalogs;

/// <summary>Makes our own catalogs (RFC 9432) of the settings: a new version whenever the managed zones are others than the last one lists.</summary>
internal sealed class CatalogMaker(ZoneLife life, TimeProvider time)
{
    // What RFC 9432 shows: records that nobody asks for need no caching, a name server that is none, and a zone that hardly expires.
    private const uint Ttl = 0;
    private const uint Refresh = 3600;
    private const uint Retry = 600;
    private const uint Expire = 2147483646;

    /// <summary>Publishes a new version of the catalog where the zones are others than the one before lists.</summary>
    public void Make(SecondaryZone zone, ServiceSettings settings)
    {
        var entries = EntriesFor(zone.Catalog!, settings);
        lock (zone.Gate)
        {
            if (zone.IsRemoved)
            {
                return;
            }

            var held = zone.Contents;
            if (held is not null && CatalogReader.Read(zone.Id, held) is { Failure: null } listed && listed.Entries.AsSpan().SequenceEqual(entries.AsSpan()))
            {
                life.Load(zone, null);
                return;
            }

            var contents = Build(zone.Name, NextSerial(held?.Serial), entries);
            var difference = held is null ? null : ZoneComparison.Between(held, contents);
            life.Load(zone, new(contents, difference is null ? [] : [difference]));
        }
    }

    /// <summary>The zones that a catalog lists, in the order in which <see cref="CatalogReader"/> reads them; other catalogs are not among them.</summary>
    private static ImmutableArray<CatalogEntry> EntriesFor(CatalogZone catalog, ServiceSettings settings)
    {
        var groups = catalog.Groups.IsEmpty
            ? settings.CommonSettings.Values.ToLookup(setting => setting.Id, setting => setting.Name)
            : catalog.Groups.ToLookup(group => group.CommonSettingId, group => group.Name);
        return [.. settings.Zones
            .Where(zone => !settings.Catalogs.ContainsKey(zone.Id) && groups.Contains(zone.CommonSettingId))
            .Select(zone => new CatalogEntry(zone.MemberId, zone.Name, [.. groups[zone.CommonSettingId].Select(Fit).Order(StringComparer.Ordinal)], zone.NewCatalog))
            .OrderBy(entry => entry.Id, StringComparer.Ordinal)];
    }

    /// <summary>The serial follows the clock, so that a catalog whose last version was lost goes on ahead of it.</summary>
    private uint NextSerial(uint? last)
    {
        var now = (uint)time.GetUtcNow().ToUnixTimeSeconds();
        return last is { } serial && !new Serial(now).IsNewerThan(serial) ? serial + 1 : now;
    }

    private static ZoneContents Build(DomainName apex, uint serial, ImmutableArray<CatalogEntry> entries)
    {
        var invalid = DomainName.Parse("invalid.");
        var zones = apex.Prepend("zones"u8);
        using var builder = new ZoneBuilder(apex);
        void Add(DomainName owner, RecordType type, ReadOnlySpan<byte> rdata) => builder.Add(new(owner.Wire, type, RecordClass.IN, Ttl, rdata));

        Span<byte> numbers = stackalloc byte[20];
        ReadOnlySpan<uint> fields = [serial, Refresh, Retry, Expire, Ttl];
        for (var i = 0; i < fields.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(numbers[(4 * i)..], fields[i]);
        }

        Add(apex, RecordType.SOA, [.. invalid.Wire, .. invalid.Wire, .. numbers]);
        Add(apex, RecordType.NS, invalid.Wire);
        Add(apex.Prepend("version"u8), RecordType.TXT, Text(CatalogReader.SchemaVersion));
        foreach (var entry in entries)
        {
            var member = zones.Prepend(Encoding.ASCII.GetBytes(entry.Id));
            Add(member, RecordType.PTR, entry.Zone.Wire);
            foreach (var group in entry.Groups)
            {
                Add(member.Prepend("group"u8), RecordType.TXT, Text(group));
            }

            if (entry.NewCatalog is { } other)
            {
                Add(member.Prepend("coo"u8), RecordType.PTR, other.Wire);
            }
        }

        return builder.Build();
    }

    private static byte[] Text(string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        return [(byte)octets.Length, .. octets];
    }

    /// <summary>As much of a name as a character-string holds.</summary>
    private static string Fit(string name)
    {
        while (Encoding.UTF8.GetByteCount(name) > byte.MaxValue)
        {
            name = name[..^1];
        }

        return name;
    }
}
