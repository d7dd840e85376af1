using ManagedDns.Dns;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>
/// Signalling records (RFC 9615): a zone that holds the host name of one of our name servers, and is signed here, carries copies of the CDS and CDNSKEY of
/// the zones that name this server and wait for their first DS. A parent that trusts the server's zone can believe them by that.
/// </summary>
/// <remarks>
/// They are copied from what is published, so that they cannot differ from it, and go when the DS is there: so that the zone stays small, as RFC 9615 wants.
/// </remarks>
internal sealed class BootstrapSignals(ZoneRegister zones)
{
    private static readonly byte[] s_dsboot = "_dsboot"u8.ToArray();
    private static readonly byte[] s_signal = "_signal"u8.ToArray();

    /// <summary>The records that belong in a zone beside what was received.</summary>
    /// <param name="before">The version served.</param>
    public IReadOnlyList<ResourceRecord> For(SecondaryZone zone, ZoneContents received, ZoneContents? before, Surroundings surroundings)
    {
        var hosts = HostsIn(zone, surroundings).Where(host => IsOurs(received, host)).ToList();
        return hosts.Count == 0 ? [] : [.. zones.All.Where(child => child != zone).SelectMany(child => Copies(child, hosts, before))];
    }

    /// <summary>The zones whose signals follow from how another zone stands.</summary>
    public IEnumerable<SecondaryZone> Carriers(Surroundings surroundings)
    {
        foreach (var host in surroundings.Settings.NameServers.Select(server => server.HostName))
        {
            for (var name = host; !name.IsRoot; name = name.Parent)
            {
                if (zones.TryGet(name, out var zone) && zone.Signing is not null)
                {
                    yield return zone;
                }
            }
        }
    }

    /// <summary>What was received with the records beside it; another reference to the same where there are none.</summary>
    public static ZoneContents With(ZoneContents received, IReadOnlyList<ResourceRecord> signals)
    {
        if (signals.Count == 0)
        {
            return received.Share();
        }

        using var update = new ZoneUpdate(received);
        foreach (var record in signals)
        {
            update.Add(record.AsWire());
        }

        return update.Build();
    }

    /// <summary>The owners whose records differ.</summary>
    public static IEnumerable<DomainName> Different(IReadOnlyList<ResourceRecord> before, IReadOnlyList<ResourceRecord> after)
    {
        var (old, @new) = (before.Select(Key).ToHashSet(), after.Select(Key).ToHashSet());
        old.SymmetricExceptWith(@new);
        return old.Select(key => key.Owner).Distinct();

        static (DomainName Owner, RecordType, uint, string) Key(ResourceRecord record) =>
            (record.Owner, record.Type, record.Ttl, Convert.ToHexString(record.Rdata.Span));
    }

    private static IEnumerable<DomainName> HostsIn(SecondaryZone zone, Surroundings surroundings) =>
        surroundings.Settings.NameServers.Select(server => server.HostName).Where(host => host.IsSubdomainOf(zone.Name));

    /// <summary>Whether the zone itself answers for the names below a host's <c>_signal</c>: nothing on the way down is another's.</summary>
    private static bool IsOurs(ZoneContents received, DomainName host)
    {
        for (var name = host; name != received.Apex; name = name.Parent)
        {
            if (received.Find(name, RecordType.NS).Count > 0 || received.Find(name, RecordType.DNAME).Count > 0)
            {
                return false;
            }
        }

        var signal = host.Wire.Length + s_signal.Length < DomainName.MaxWireLength ? host.Prepend(s_signal) : null;
        return signal is not null && received.Find(signal, RecordType.NS).Count == 0 && received.Find(signal, RecordType.DNAME).Count == 0;
    }

    private static List<ResourceRecord> Copies(SecondaryZone child, IReadOnlyList<DomainName> hosts, ZoneContents? before)
    {
        var records = new List<ResourceRecord>();
        ZoneContents? published;
        SigningState? state;
        lock (child.Gate)
        {
            (published, state) = (child.Signed?.Share(), child.Signing?.Status.State);
        }

        using (published)
        {
            if (published is null || state is not (SigningState.WaitingForDs or SigningState.Unsigned))
            {
                return records;
            }

            var cds = published.Find(child.Name, RecordType.CDS);
            var servers = published.Find(child.Name, RecordType.NS).Select(record => DomainName.FromWire(record.Rdata.Span)).ToHashSet();
            foreach (var host in hosts.Where(host => servers.Contains(host) && !host.IsSubdomainOf(child.Name)))
            {
                // A zone that was not looked at since the start stands where it stood.
                if (SignalName(child.Name, host) is { } owner && !cds.Any(IsDelete)
                    && (state == SigningState.WaitingForDs || before?.Find(owner, RecordType.CDS).Count > 0))
                {
                    records.AddRange(cds.Concat(published.Find(child.Name, RecordType.CDNSKEY)).Select(record => record with { Owner = owner }));
                }
            }
        }

        return records;
    }

    /// <summary>RFC 9615 §3.2: <c>_dsboot.child._signal.host</c>; null: that is too long for a name.</summary>
    private static DomainName? SignalName(DomainName child, DomainName host)
    {
        byte[] wire = [(byte)s_dsboot.Length, .. s_dsboot, .. child.Wire[..^1], (byte)s_signal.Length, .. s_signal, .. host.Wire];
        return wire.Length > DomainName.MaxWireLength ? null : DomainName.FromWire(wire);
    }

    private static bool IsDelete(ResourceRecord cds) => cds.Rdata.Span is [0, 0, 0, 0, 0];
}
