using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Signing;

/// <summary>
/// Makes the signed version of a zone out of the received one. Pure: it reads no clock and no store, and what it returns is for the caller to publish.
/// </summary>
internal static unsafe class ZoneSigner
{
    /// <summary>Beyond this share of a zone's names, to sign it whole is quicker than to sign what changed.</summary>
    private const int WholeShare = 4;

    /// <param name="before">The signed version that is served; null: there is none.</param>
    /// <param name="changed">The owners that differ between what <paramref name="before"/> was made of and <paramref name="received"/>, and those whose
    /// signatures are due; null: not known.</param>
    /// <param name="serial">Of the version to be made.</param>
    /// <param name="renewBefore">Signatures that end before this are made anew.</param>
    /// <param name="threads">How many may sign at once.</param>
    /// <returns>The version, and where <paramref name="before"/> was given and most of it stays, what leads to it.</returns>
    public static NewVersion Sign(
        SigningPlan plan, ZoneContents received, ZoneContents? before, ChangedOwners? changed, uint serial, DateTimeOffset now,
        DateTimeOffset renewBefore, int threads, CancellationToken cancellation)
    {
        if (before is not null && changed is not null && IsSignedAlike(plan, received, before))
        {
            var signer = new DifferenceSigner(plan, received, before, changed, serial, now, renewBefore);
            if (signer.Owners * WholeShare < before.RecordCount + 100)
            {
                var next = signer.Sign();
                if (plan.ZoneDigest is not { } type)
                {
                    return next;
                }

                using (next)
                {
                    return WithDigest(plan, next.Contents, type, before, now);
                }
            }
        }

        using var whole = new WholeZoneSigner(plan, received, before, serial, now, renewBefore, threads, cancellation);
        var contents = whole.Sign();
        if (plan.ZoneDigest is { } digest)
        {
            using (contents)
            {
                return WithDigest(plan, contents, digest, before, now);
            }
        }

        return new(contents, before is not null && ZoneComparison.Between(before, contents) is { } difference ? [difference] : []);
    }

    /// <summary>Whether a version was signed by the same zone signers and is denied in the same way, so that most of it can stay.</summary>
    private static bool IsSignedAlike(SigningPlan plan, ZoneContents received, ZoneContents before)
    {
        var header = before.Version.Header;
        var soa = NameCell.Find(header->ApexCell, RecordType.SOA);
        var signatures = NameCell.Signatures(header->ApexCell, soa);
        var signers = new HashSet<(DnssecAlgorithm Algorithm, ushort Tag)>();
        if (signatures != null)
        {
            for (var record = signatures->Records; record < (byte*)signatures->Next; record = RecordSet.NextRecord(record))
            {
                if (Rrsig.TryRead(SetWriter.Rdata(record), out var signature))
                {
                    signers.Add((signature.Algorithm, signature.KeyTag));
                }
            }
        }

        var denial = plan.IsNsec3
            ? ZoneNames.Cell(header, ZoneNames.Relative(before.Apex, Nsec3Names.Owner(before.Apex, before.Apex)), isNsec3: true, out _)
            : header->ApexCell;
        var set = denial == null ? null : NameCell.Find(denial, plan.IsNsec3 ? RecordType.NSEC3 : RecordType.NSEC);
        return signers.SetEquals(plan.ZoneSigners.Select(key => (key.Public.Algorithm, key.Public.Tag)))
            && set != null
            && (!plan.IsNsec3 || SetWriter.Rdata(set->Records)[1] == (plan.IsOptOut ? 1 : 0))
            && SetWriter.Ttl(set->Records) == Math.Min(received.Find(received.Apex, RecordType.SOA)[0].Ttl, received.Soa.Minimum);
    }

    /// <summary>The version with its ZONEMD record: this can be made only when all else is there.</summary>
    private static NewVersion WithDigest(SigningPlan plan, ZoneContents contents, ZoneDigestType type, ZoneContents? before, DateTimeOffset now)
    {
        var apex = contents.Apex;
        var batch = new SigningBatch();
        batch.Begin(apex.Wire);
        var ttl = contents.Find(apex, RecordType.SOA)[0].Ttl;
        new SetWriter(plan, apex, now, DateTimeOffset.MaxValue).Write(batch, apex.Wire, RecordType.ZONEMD, ttl, [ZoneDigests.Compute(contents, type)], null);
        batch.Sign();
        using var update = new ZoneUpdate(contents);
        foreach (var record in contents.Find(apex, RecordType.ZONEMD))
        {
            update.Delete(record.AsWire());
        }

        var header = contents.Version.Header;
        var old = NameCell.Find(header->ApexCell, RecordType.ZONEMD);
        var signatures = old == null ? null : NameCell.Signatures(header->ApexCell, old);
        if (signatures != null)
        {
            for (var record = signatures->Records; record < (byte*)signatures->Next; record = RecordSet.NextRecord(record))
            {
                update.Delete(ZoneWalk.Read(record, apex.Wire));
            }
        }

        for (var i = 0; i < batch.Records; i++)
        {
            update.Add(batch[i]);
        }

        var stamped = update.Build();
        return new(stamped, before is not null && ZoneComparison.Between(before, stamped) is { } difference ? [difference] : []);
    }
}
