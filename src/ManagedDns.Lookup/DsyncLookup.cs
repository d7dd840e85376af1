using System.Buffers.Binary;
using ManagedDns.Dns;

namespace ManagedDns.Lookup;

/// <summary>Whom the parent of a zone wants to be told of changes there (RFC 9859).</summary>
/// <param name="Host">Has one address or more.</param>
public sealed record DsyncTarget(DomainName Host, ushort Port);

/// <summary>Finds the DSYNC record for a zone in the zone above it.</summary>
public static class DsyncLookup
{
    /// <summary>The one scheme that there is: NOTIFY to host and port.</summary>
    private const byte NotifyScheme = 1;

    private const int TargetOffset = 5;

    private static readonly byte[] s_label = "_dsync"u8.ToArray();

    /// <summary>
    /// RFC 9859 §4.1: asks below the first label of the zone's name; where the answer shows that the parent lies higher, below the parent's name; and
    /// without the zone's own labels last.
    /// </summary>
    /// <param name="type">What has changed: CDS (which stands for CDNSKEY too) or CSYNC.</param>
    /// <returns>Null where the parent does not say.</returns>
    /// <exception cref="DnsFailureException">No server that should know gave an answer.</exception>
    public static async Task<DsyncTarget?> FindAsync(Resolver resolver, DomainName zone, RecordType type, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(resolver);
        ArgumentNullException.ThrowIfNull(zone);
        if (zone.IsRoot || zone.Wire.Length + 1 + s_label.Length > DomainName.MaxWireLength)
        {
            return null;
        }

        var parent = zone.Parent;
        var (answer, target) = await AskAsync(resolver, Insert(zone, parent), type, cancellation).ConfigureAwait(false);
        if (target is null && SoaOwner(answer) is { } apex && apex != parent && parent.IsSubdomainOf(apex))
        {
            parent = apex;
            (answer, target) = await AskAsync(resolver, Insert(zone, parent), type, cancellation).ConfigureAwait(false);
        }

        return target ?? (HasAny(answer) ? null : (await AskAsync(resolver, parent.Prepend(s_label), type, cancellation).ConfigureAwait(false)).Target);
    }

    private static async Task<(LookupAnswer Answer, DsyncTarget? Target)> AskAsync(
        Resolver resolver, DomainName name, RecordType type, CancellationToken cancellation)
    {
        var answer = await resolver.LookupAsync(name, RecordType.DSYNC, cancellation).ConfigureAwait(false);
        return (answer, answer.Records(RecordType.DSYNC).Select(record => Read(record.Rdata.Span, type)).FirstOrDefault(target => target is not null));
    }

    private static DsyncTarget? Read(ReadOnlySpan<byte> rdata, RecordType type) =>
        rdata.Length > TargetOffset && BinaryPrimitives.ReadUInt16BigEndian(rdata) == (ushort)type && rdata[2] == NotifyScheme
            ? new(DomainName.FromWire(rdata[TargetOffset..]), BinaryPrimitives.ReadUInt16BigEndian(rdata[3..]))
            : null;

    /// <summary>A positive answer ends the search, even one that names nobody for this type.</summary>
    private static bool HasAny(LookupAnswer answer) => answer.Records(RecordType.DSYNC).Any();

    /// <summary>The zone's name with the label between its own labels and those of <paramref name="parent"/>.</summary>
    private static DomainName Insert(DomainName zone, DomainName parent)
    {
        var name = parent.Prepend(s_label);
        var labels = new Stack<byte[]>();
        for (var at = zone; at != parent; at = at.Parent)
        {
            labels.Push(at.Wire.Slice(1, at.Wire[0]).ToArray());
        }

        while (labels.TryPop(out var label))
        {
            name = name.Prepend(label);
        }

        return name;
    }

    private static DomainName? SoaOwner(LookupAnswer answer) => answer.Authorities.FirstOrDefault(record => record.Type == RecordType.SOA)?.Owner;
}
