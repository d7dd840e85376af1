using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Output;

namespace ManagedDns.Health;

/// <summary>Holds what the servers of a parent have as the DS of a zone against the keys that the zone has.</summary>
/// <param name="wanted">The keys that the parent should know.</param>
/// <param name="known">All keys of the zone; the others are on their way in or out.</param>
internal sealed class DsJudge(DomainName zone, IReadOnlyList<DnsKey> wanted, IReadOnlyList<DnsKey> known)
{
    /// <summary>The zone is signed elsewhere: any of its keys may be the one that the parent knows, and one of them should.</summary>
    public bool TakesAnyKey { get; init; }

    private string Name => zone.ToDisplayString();

    public IEnumerable<DsRecordTestResult> Judge(ZoneServer server, IReadOnlyList<ReadOnlyMemory<byte>> records)
    {
        foreach (var record in records)
        {
            yield return Judge(server, record.Span);
        }

        if (TakesAnyKey && known.Count > 0 && !records.Any(record => Find(known, record.Span) is not null))
        {
            yield return Result(server, DsVerdict.Missing, "There is no DS of any of the zone's keys.",
                $"Have it registered: Get-ZoneRegistration -Name {Name} shows it.");
        }

        foreach (var key in wanted.Where(key => !records.Any(record => key.Matches(zone, record.Span))))
        {
            yield return Result(
                server, DsVerdict.Missing, $"There is no DS of key {key.Tag}, which the parent should know.",
                $"Have it registered: Get-DsRecord -Name {Name} shows it; parents that look for CDS take it by themselves.", key.Tag, key.Algorithm);
        }
    }

    public DsRecordTestResult NoAnswer(ZoneServer server, Failure failure) => new()
    {
        Zone = Name,
        Server = server.ToString(),
        Verdict = DsVerdict.NoAnswer,
        Message = failure.Message,
        Remedy = failure.Remedy,
        Reason = failure.Reason,
    };

    private DsRecordTestResult Judge(ZoneServer server, ReadOnlySpan<byte> ds)
    {
        const int HeaderLength = 4;
        if (ds.Length < HeaderLength)
        {
            return Result(server, DsVerdict.WrongDigest, "There is a DS record that is too short to be one.", "Have it removed at the registrar.");
        }

        var (tag, algorithm, digest) = ((ushort)(ds[0] << 8 | ds[1]), (DnssecAlgorithm)ds[2], (DsDigestType)ds[3]);
        var (verdict, message, remedy) = Verdict(tag, algorithm, digest, ds);
        return Result(server, verdict, message, remedy, tag, algorithm, digest);
    }

    private DsRecordTestResult Result(
        ZoneServer server, DsVerdict verdict, string message, string? remedy, ushort? tag = null, DnssecAlgorithm? algorithm = null,
        DsDigestType? digest = null) => new()
        {
            Zone = Name,
            Server = server.ToString(),
            Verdict = verdict,
            KeyTag = tag,
            Algorithm = algorithm,
            DigestType = digest,
            Message = message,
            Remedy = remedy,
        };

    private (DsVerdict Verdict, string Message, string? Remedy) Verdict(
        ushort tag, DnssecAlgorithm algorithm, DsDigestType digest, ReadOnlySpan<byte> ds)
    {
        var remove = $"Have it removed at the registrar; Get-DsRecord -Name {Name} shows what belongs there.";
        if (Find(TakesAnyKey ? known : wanted, ds) is not null)
        {
            return (DsVerdict.Matches, $"The DS of key {tag} is that of the zone's key.", null);
        }

        if (Find(known, ds) is not null)
        {
            return (
                DsVerdict.Stale, $"The DS is of key {tag}, which is not the one that the parent should know now.",
                $"See which key that is (Get-ZoneSigningKey -Name {Name}), and have the DS replaced by what Get-DsRecord -Name {Name} shows.");
        }

        if (algorithm is not (DnssecAlgorithm.RsaSha1 or DnssecAlgorithm.RsaSha1Nsec3Sha1 or DnssecAlgorithm.RsaSha256 or DnssecAlgorithm.RsaSha512
            or DnssecAlgorithm.EcdsaP256Sha256 or DnssecAlgorithm.EcdsaP384Sha384 or DnssecAlgorithm.Ed25519 or DnssecAlgorithm.Ed448))
        {
            return (DsVerdict.UnknownAlgorithm, $"The DS of key {tag} names algorithm {(int)algorithm}, which validators do not know.", remove);
        }

        if (!known.Any(key => key.Tag == tag && key.Algorithm == algorithm))
        {
            return (DsVerdict.Stale, $"The DS is of key {tag}, which the zone does not have.", remove);
        }

        return digest is DsDigestType.Sha256 or DsDigestType.Sha384
            ? (DsVerdict.WrongDigest, $"The DS names key {tag}, but its digest is not that of the key.", remove)
            : (
                DsVerdict.UnknownDigest,
                digest == DsDigestType.Sha1
                    ? $"The DS of key {tag} is made with SHA-1, which must not be used any more (RFC 9905)."
                    : $"The DS of key {tag} has a digest of type {(int)digest}, which is not known.",
                remove);
    }

    private DnsKey? Find(IReadOnlyList<DnsKey> keys, ReadOnlySpan<byte> ds)
    {
        foreach (var key in keys)
        {
            if (key.Matches(zone, ds))
            {
                return key;
            }
        }

        return null;
    }
}
