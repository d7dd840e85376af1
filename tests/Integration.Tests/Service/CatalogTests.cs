using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Integration.Tests.Asking;
using ManagedDns.Integration.Tests.Peers;
using ManagedDns.Integration.Tests.Transfers;
using ManagedDns.Model;

namespace ManagedDns.Integration.Tests.Service;

/// <summary>
/// Catalog zones (RFC 9432) with the peers, both ways. NSD follows catalogs from 4.9.0 on; where an older one is installed, it is seen to take the catalog as a zone.
/// </summary>
public sealed class CatalogTests
{
    private static readonly DomainName s_catalog = DomainName.Parse("catalog.test");
    private static readonly DomainName s_one = DomainName.Parse("one.test");
    private static readonly DomainName s_two = DomainName.Parse("two.test");
    private static readonly TsigKey s_key = TestKeys.Default;

    public static TheoryData<PeerKind> Kinds => new(Enum.GetValues<PeerKind>());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_members_of_a_peers_catalog_are_served_here_and_one_that_vanishes_until_its_grace_period_has_passed(PeerKind kind)
    {
        await using var service = await ServiceUnderTest.StartAsync(Cancellation);
        await using var primary = await Peer.StartAsync(
            kind,
            new PeerSetup(new PeerZone(s_catalog, Catalog(1, s_one)), new PeerZone(s_one, Zone(s_one)), new PeerZone(s_two, Zone(s_two)))
            {
                Key = s_key,
                NotifyTarget = service.EndPoint,
            },
            Cancellation);
        var catalog = FollowCatalog(service, primary.EndPoint);
        await service.ServesAsync(s_one, 1, () => primary.Log, Cancellation);

        await primary.ChangeAsync(s_catalog, Catalog(2, s_two), Cancellation);
        await service.ServesAsync(s_two, 1, () => primary.Log, Cancellation);
        Assert.Equal(1u, await Exchange.SerialAsync(service.EndPoint, s_one, Cancellation));
        Assert.Equal(
            [(s_one, CatalogMemberState.Leaving), (s_two, CatalogMemberState.Active)],
            service.Store.CatalogMembers.All().Select(member => (member.Entry.Zone, member.State)));

        service.Store.Catalogs.Update(catalog, old => old with { GracePeriod = TimeSpan.Zero });
        await GoneAsync(service.EndPoint, s_one, () => service.Log);
        Assert.Equal(1u, await Exchange.SerialAsync(service.EndPoint, s_two, Cancellation));
    }

    [Fact]
    public async Task The_members_of_a_catalog_that_Knot_generates_are_served_here()
    {
        await using var service = await ServiceUnderTest.StartAsync(Cancellation);
        await using var primary = await Peer.StartAsync(
            PeerKind.Knot,
            new PeerSetup(new PeerZone(s_one, Zone(s_one)) { IsPasted = true }, new PeerZone(s_two, Zone(s_two)) { IsPasted = true })
            {
                Pasted = $"""
                    key:
                      - id: {s_key.Name.ToDisplayString()}
                        algorithm: {s_key.Algorithm.ToString().ToLowerInvariant().Replace("hmac", "hmac-", StringComparison.Ordinal)}
                        secret: {Convert.ToBase64String(s_key.Secret.Span)}
                    remote:
                      - id: target
                        address: {service.EndPoint.Address}@{service.EndPoint.Port}
                    acl:
                      - id: transfer
                        address: 127.0.0.0/8
                        action: transfer
                        key: {s_key.Name.ToDisplayString()}
                    zone:
                      - domain: {s_catalog}
                        catalog-role: generate
                        acl: transfer
                        notify: target
                      - domain: {s_one}
                        file: one.test.zone
                        acl: transfer
                        catalog-role: member
                        catalog-zone: {s_catalog}
                        catalog-group: gold
                      - domain: {s_two}
                        file: two.test.zone
                        acl: transfer
                        catalog-role: member
                        catalog-zone: {s_catalog}
                    """,
            },
            Cancellation);
        FollowCatalog(service, primary.EndPoint);

        await service.ServesAsync(s_one, 1, () => primary.Log, Cancellation);
        await service.ServesAsync(s_two, 1, () => primary.Log, Cancellation);
        Assert.Equal(["gold"], service.Store.CatalogMembers.All().Single(member => member.Entry.Zone == s_one).Entry.Groups);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_peer_that_follows_our_catalog_serves_what_we_manage_and_drops_what_we_drop(PeerKind kind)
    {
        await using var service = await ServiceUnderTest.StartAsync(Cancellation);
        var setting = service.Store.CommonSettings.GetDefault().Id;
        var peerAt = LoopbackPort.Free();
        service.Store.NotifyTargets.Add(setting, peerAt.Address, peerAt.Port, null);
        service.Store.Catalogs.Add(new(service.Store.Zones.Add(s_catalog, setting).Id, CatalogRole.Producer));
        await ManageAsync(service, s_one);
        await Eventually.TrueAsync(async c => await Exchange.SerialAsync(service.EndPoint, s_catalog, c) is not null, () => service.Log, Cancellation);
        await using var peer = await Peer.StartAsync(kind, Consumer(kind, service.EndPoint) with { ListenOn = peerAt }, Cancellation);
        string Logs() => $"{service.Log}\n{peer.Log}";
        if (kind == PeerKind.Nsd && !await NsdFollowsCatalogsAsync())
        {
            await SameSerialAsync();
            await ManageAsync(service, s_two);
            await SameSerialAsync();
            return;
        }

        await ServesAsync(s_one);
        await ManageAsync(service, s_two);
        await ServesAsync(s_two);
        service.Store.Zones.Remove(s_one);
        await GoneAsync(peer.EndPoint, s_one, Logs);
        Assert.Equal(1u, await Exchange.SerialAsync(peer.EndPoint, s_two, Cancellation));

        Task ServesAsync(DomainName zone) => Eventually.TrueAsync(async c => await Exchange.SerialAsync(peer.EndPoint, zone, c) == 1, Logs, Cancellation);

        Task SameSerialAsync() => Eventually.TrueAsync(
            async c => await Exchange.SerialAsync(service.EndPoint, s_catalog, c) is { } ours && await Exchange.SerialAsync(peer.EndPoint, s_catalog, c) == ours,
            Logs, Cancellation);
    }

    private static ManagedZone FollowCatalog(ServiceUnderTest service, IPEndPoint primary)
    {
        var zone = service.Follow(s_catalog, primary, s_key);
        service.Store.Catalogs.Add(new(zone.Id, CatalogRole.Consumer));
        return zone;
    }

    private static async Task ManageAsync(ServiceUnderTest service, DomainName zone)
    {
        var file = Path.Combine(service.Store.Folder, $"{zone.ToDisplayString()}.zone");
        await File.WriteAllTextAsync(file, Zone(zone), Cancellation);
        service.Store.Zones.Add(zone, service.Store.CommonSettings.GetDefault().Id, zoneFile: file);
        await service.ServesAsync(zone, 1, () => "", Cancellation);
    }

    private static Task GoneAsync(IPEndPoint server, DomainName zone, Func<string> otherwise) =>
        Eventually.TrueAsync(async c => await Exchange.SerialAsync(server, zone, c) is null, otherwise, Cancellation);

    private static PeerSetup Consumer(PeerKind kind, IPEndPoint primary) => kind switch
    {
        PeerKind.Bind => new()
        {
            Pasted = $$"""
                view "all" {
                    catalog-zones { zone "{{s_catalog.ToDisplayString()}}" default-primaries { {{primary.Address}} port {{primary.Port}}; } in-memory no min-update-interval 1; };
                    zone "{{s_catalog.ToDisplayString()}}" { type secondary; file "catalog.zone"; primaries { {{primary.Address}} port {{primary.Port}}; }; };
                };
                """,
        },
        PeerKind.Knot => new()
        {
            Pasted = $"""
                remote:
                  - id: primary
                    address: {primary.Address}@{primary.Port}
                acl:
                  - id: notify
                    address: 127.0.0.0/8
                    action: notify
                template:
                  - id: member
                    storage: .
                    master: primary
                    acl: notify
                zone:
                  - domain: {s_catalog}
                    master: primary
                    acl: notify
                    catalog-role: interpret
                    catalog-template: member
                """,
        },
        _ => new(new PeerZone(s_catalog, null) { IsCatalog = kind == PeerKind.PowerDns }) { Primary = primary },
    };

    private static async Task<bool> NsdFollowsCatalogsAsync()
    {
        var said = await PeerProcess.RunAsync("/bin/sh", Path.GetTempPath(), Cancellation, "-c", $"{InstalledPeers.Require(PeerKind.Nsd)} -v 2>&1 | head -n 1");
        return Version.Parse(said.Split(' ')[^1].Trim()) >= new Version(4, 9);
    }

    private static string Zone(DomainName zone) => $"""
        $ORIGIN {zone}
        $TTL 300
        @ SOA ns.{zone} hostmaster.{zone} 1 3600 900 604800 300
        @ NS ns
        ns A 192.0.2.1
        """ + "\n";

    private static string Catalog(uint serial, DomainName member) => $"""
        $ORIGIN {s_catalog}
        $TTL 0
        @ SOA invalid. invalid. {serial} 3600 600 2147483646 0
        @ NS invalid.
        version TXT "2"
        m{member.ToDisplayString()[..3]}.zones PTR {member}
        """ + "\n";
}
