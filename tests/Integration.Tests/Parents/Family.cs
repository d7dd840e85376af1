using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;
using ManagedDns.Integration.Tests.Daemon;
using ManagedDns.Integration.Tests.Peers;
using ManagedDns.Model;
using ManagedDns.TestKit.Signing;

namespace ManagedDns.Integration.Tests.Parents;

/// <summary>
/// A root and a parent zone on real servers of others, and the daemon that signs a child zone: each on a loopback address of its own, all on one port, so
/// that they are found by name. All TTLs are a second. The two name servers of the parent are primaries each, so that one can lag behind the other.
/// </summary>
internal sealed class Family : IAsyncDisposable
{
    public static readonly DomainName Parent = DomainName.Parse("example");
    public static readonly DomainName Child = DomainName.Parse("child.example");

    private static readonly DnsClient s_client = new(TimeProvider.System);

    // BIND listens only on addresses that an interface has: it gets the first.
    private static readonly IPAddress[] s_addresses = [.. Enumerable.Range(1, 6).Select(i => IPAddress.Parse($"127.0.0.{i}"))];

    private readonly DaemonUnderTest _daemon = new();
    private readonly int _port = LoopbackPort.FreeOn(s_addresses);
    private readonly List<Peer> _peers = [];
    private readonly List<IPEndPoint> _parents = [];
    private readonly HashSet<int> _misled = [];
    private readonly string _parentFolder = Directory.CreateTempSubdirectory("managed-dns-parent-").FullName;
    private string _parentRecords = "";
    private string _parentKey = "";
    private bool _isDelegated = true;
    private int _pid;
    private int _serial = 1;
    private Unbound? _resolver;
    private Witness? _witness;

    private Family()
    {
    }

    /// <summary>Signs updates that a parent of one's own permits.</summary>
    public static TsigKey UpdateKey { get; } = new(DomainName.Parse("update.example"), TsigAlgorithm.HmacSha256, new byte[32]);

    public ManagedZone Zone { get; private set; } = null!;

    public ManagedDns.Store.ManagedDnsStore Store => _daemon.Store;

    /// <summary>Where our server is reached.</summary>
    public IPEndPoint Own => At(5);

    /// <summary>Where the child's second name server belongs.</summary>
    public IPEndPoint OtherOwnServer => At(6);

    public SigningStatus? Signing => Zone is null ? null : Store.Status.Signings().GetValueOrDefault(Zone.Id);

    /// <summary>The keys that the world may see, without their private halves.</summary>
    public IReadOnlyList<ZoneKey> Keys => Store.ZoneKeys.Public(Zone.Id);

    /// <summary>How often our server says that somebody took its NOTIFY(CDS).</summary>
    public int TimesTold => _daemon.Log.Split("took the NOTIFY(CDS)").Length - 1;

    public string Log => string.Join('\n', _peers.Select(peer => peer.Log).Append(_daemon.Log).Append($"{Signing}"));

    /// <param name="second">What the parent's second name server is; null: nothing listens at its address.</param>
    /// <param name="isLame">The second one does not have the zone.</param>
    /// <param name="ownServers">How many name servers the child zone names; we are the first.</param>
    /// <param name="key">Brought along from another signer.</param>
    /// <param name="parentRecords">What else the parent zone has, in presentation format.</param>
    /// <param name="policy">What else differs from the policy that nobody changed.</param>
    public static async Task<Family> StartAsync(
        CancellationToken cancellation, PeerKind? second = PeerKind.Bind, bool isLame = false, int ownServers = 1, ZoneKey? key = null,
        string parentRecords = "", Func<SigningPolicy, SigningPolicy>? policy = null)
    {
        var family = new Family { _parentRecords = parentRecords };
        try
        {
            await family.BeginAsync(second, isLame, ownServers, key, policy ?? (same => same), cancellation);
            return family;
        }
        catch
        {
            await family.DisposeAsync();
            throw;
        }
    }

    /// <summary>A family whose parent zone is one's own: its primary takes updates of DS records with <see cref="UpdateKey"/>, the other one is its secondary.</summary>
    /// <param name="primary">What the primary is: BIND or Knot; the secondary is the other of the two.</param>
    /// <param name="given">The key that our server signs with; null: that which the primary permits.</param>
    /// <param name="isDelegated">Whether the parent has NS records for the child.</param>
    public static async Task<Family> StartUpdatedAsync(
        PeerKind primary, CancellationToken cancellation, TsigKey? given = null, bool isDelegated = true)
    {
        var family = new Family { _isDelegated = isDelegated };
        try
        {
            await family.BeginUpdatedAsync(primary, given ?? UpdateKey, cancellation);
            return family;
        }
        catch
        {
            await family.DisposeAsync();
            throw;
        }
    }

    /// <summary>The root and a parent that takes updates alone; what signs the child is the caller's.</summary>
    public static async Task<Family> StartParentsAsync(PeerKind primary, CancellationToken cancellation)
    {
        var family = new Family();
        try
        {
            await family.BeginParentsAsync(primary, cancellation);
            return family;
        }
        catch
        {
            await family.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where lookups begin.</summary>
    public IPEndPoint Root => At(2);

    public IPEndPoint ParentAt(int index) => At(index == 0 ? 3 : 1);

    /// <summary>What is said of a parent server in what is waited for.</summary>
    public string NameOf(int index) => $"{ParentAt(index)} (ns{index + 1}.example)";

    /// <summary>Gives one server of the parent a new DS RRset for the child.</summary>
    public async Task DelegateAsync(int index, CancellationToken cancellation, params IReadOnlyList<DnsKey> keys)
    {
        var peer = _peers.Single(peer => peer.EndPoint.Equals(ParentAt(index)));
        await peer.ChangeAsync(Parent, await SignedParentTextAsync(++_serial, keys, cancellation), cancellation);
        var isMisled = keys.Count > 0 && !Keys.Any(key => keys.Contains(key.Public));
        _ = isMisled ? _misled.Add(index) : _misled.Remove(index);
    }

    /// <summary>Ends our server without a warning.</summary>
    public async Task KillAsync(CancellationToken cancellation)
    {
        await DaemonUnderTest.SignalAsync(_pid, "KILL", cancellation);
        await _daemon.EndedAsync(_pid, cancellation);
    }

    /// <summary>Starts our server again.</summary>
    public async Task StartServerAsync(CancellationToken cancellation) => _pid = (await _daemon.ServeAsync(cancellation)).ProcessId!.Value;

    /// <summary>Waits for a state of the zone's signing, and has others look at the zone then.</summary>
    public async Task<SigningStatus> ComesToAsync(Func<SigningStatus, bool> state, CancellationToken cancellation, Func<string>? otherwise = null)
    {
        var status = await Eventually.GetAsync(
            _ => Task.FromResult(Signing is { } now && state(now) ? now : null), () => $"{otherwise?.Invoke()}{Log}", cancellation);
        await SeeAsync(cancellation);
        return status;
    }

    /// <summary>Waits until the state says that this, to the letter, is waited for, and has others look at the zone then.</summary>
    public Task<SigningStatus> WaitsForAsync(string what, CancellationToken cancellation) =>
        ComesToAsync(status => status.WaitingFor == what, cancellation, () => $"It does not wait for {what}.\n");

    /// <summary>The records of a type at the child's apex as our server answers them, in presentation format.</summary>
    public Task<IReadOnlyList<string>> AskAsync(RecordType type, CancellationToken cancellation) => AskAsync(Own, type, cancellation);

    /// <summary>The DS records of the child as one server of the parent answers them.</summary>
    public Task<IReadOnlyList<string>> AskParentAsync(int index, CancellationToken cancellation) => AskAsync(ParentAt(index), RecordType.DS, cancellation);

    /// <summary>
    /// What others say of the zone as our server gives it. A resolver that believes the parent's key is asked too, the same throughout, unless the
    /// parent has been given the DS of a stranger, or denies the zone.
    /// </summary>
    /// <param name="isTrusted">Every answer has to be secure; null: from when the zone counts as signed. Before, none may be bogus.</param>
    public async Task<ServedZone> SeeAsync(CancellationToken cancellation, bool? isTrusted = null)
    {
        if (_misled.Count > 0 || !_isDelegated)
        {
            return await new Witness(new(Own), Child).SeeAsync(cancellation);
        }

        _witness ??= new(new(Own), Child, await ResolverAsync(cancellation));
        return await _witness.SeeAsync(
            cancellation, isTrusted ?? Signing is { State: SigningState.Signed or SigningState.RollingKey, Failure: null });
    }

    private async Task<Unbound?> ResolverAsync(CancellationToken cancellation)
    {
        if (!Unbound.IsInstalled)
        {
            return null;
        }

        // One that takes updates is signed by its primary, after that has begun to answer for it.
        var key = await Eventually.GetAsync(
            async c => await AskAsync(_parents[0], Parent, RecordType.DNSKEY, c) is [var only] ? DnsKey.TryRead(only.Span) : null,
            () => Log, cancellation);
        return _resolver = new(
            [(Parent, key)], [(DomainName.Root, Root), .. _parents.Select(server => (Parent, server)), (Child, Own)]);
    }

    private static async Task<IReadOnlyList<string>> AskAsync(IPEndPoint server, RecordType type, CancellationToken cancellation) =>
        [.. (await AskAsync(server, Child, type, cancellation)).Select(rdata => RdataText.Format(type, RecordClass.IN, rdata.Span))];

    private static async Task<IReadOnlyList<ReadOnlyMemory<byte>>> AskAsync(
        IPEndPoint server, DomainName name, RecordType type, CancellationToken cancellation)
    {
        var response = await s_client.QueryAsync(new(server), name, type, new() { UdpPayloadSize = 1232 }, cancellation);
        var records = new List<ReadOnlyMemory<byte>>();
        var reader = new MessageReader(response.Message.Span, new byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            if (record.Type == type && reader.Section == MessageSection.Answer)
            {
                records.Add(record.Rdata.ToArray());
            }
        }

        return records;
    }

    public async ValueTask DisposeAsync()
    {
        await (_resolver?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _daemon.DisposeAsync();
        foreach (var peer in _peers)
        {
            await peer.DisposeAsync();
        }

        Directory.Delete(_parentFolder, recursive: true);
    }

    private IPEndPoint At(int host) => new(s_addresses[host - 1], _port);

    private async Task BeginAsync(PeerKind? second, bool isLame, int ownServers, ZoneKey? key, Func<SigningPolicy, SigningPolicy> policy, CancellationToken cancellation)
    {
        await AddAsync(PeerKind.Knot, new(new PeerZone(DomainName.Root, RootText)) { ListenOn = At(2) }, cancellation);
        _parentKey = (await PeerProcess.RunAsync(
            InstalledPeers.RequireProgram("ldns-keygen"), _parentFolder, cancellation,
            "-a", "ECDSAP256SHA256", "-k", Parent.ToDisplayString())).Trim();
        var parent = new PeerZone(Parent, await SignedParentTextAsync(1, [], cancellation));
        await AddAsync(PeerKind.Knot, new(parent) { ListenOn = ParentAt(0) }, cancellation);
        _parents.Add(ParentAt(0));
        if (second is { } kind)
        {
            var zone = isLame ? new PeerZone(DomainName.Parse("elsewhere"), OtherText) : parent;
            await AddAsync(kind, new(zone) { ListenOn = ParentAt(1) }, cancellation);
        }

        if (second is not null && !isLame)
        {
            _parents.Add(ParentAt(1));
        }

        await ServeAsync(ownServers, key, policy, null, cancellation);
    }

    private async Task BeginUpdatedAsync(PeerKind kind, TsigKey given, CancellationToken cancellation)
    {
        var primary = await BeginParentsAsync(kind, cancellation);
        await ServeAsync(1, null, policy => policy, new(primary, Store.TsigKeys.Add(given).Id), cancellation);
    }

    private async Task<IPEndPoint> BeginParentsAsync(PeerKind kind, CancellationToken cancellation)
    {
        var (primary, other) = kind == PeerKind.Bind ? (1, PeerKind.Knot) : (0, PeerKind.Bind);
        await AddAsync(PeerKind.Knot, new(new PeerZone(DomainName.Root, RootText)) { ListenOn = At(2) }, cancellation);
        var zone = new PeerZone(Parent, ParentText(1, [])) { IsPasted = true };
        await AddAsync(kind, new(zone) { ListenOn = ParentAt(primary), Pasted = kind == PeerKind.Bind ? BindUpdates(zone) : KnotUpdates(zone) }, cancellation);
        await AddAsync(other, new(new PeerZone(Parent, null)) { ListenOn = ParentAt(1 - primary), Primary = ParentAt(primary) }, cancellation);
        _parents.AddRange([ParentAt(primary), ParentAt(1 - primary)]);
        return ParentAt(primary);
    }

    /// <summary>The parent zone signed by one key, the same for both servers whatever else they have.</summary>
    private async Task<string> SignedParentTextAsync(int serial, IReadOnlyList<DnsKey> keys, CancellationToken cancellation)
    {
        var (plain, signed) = (Path.Combine(_parentFolder, "plain"), Path.Combine(_parentFolder, "signed"));
        await File.WriteAllTextAsync(plain, ParentText(serial, keys), cancellation);

        // Not BIND's: it writes DSYNC by that name, which Knot 3.2.6 does not know.
        await PeerProcess.RunAsync(
            InstalledPeers.RequireProgram("ldns-signzone"), _parentFolder, cancellation,
            "-o", Parent.ToDisplayString(), "-f", signed, plain, _parentKey);
        return await File.ReadAllTextAsync(signed, cancellation);
    }

    private async Task ServeAsync(
        int ownServers, ZoneKey? key, Func<SigningPolicy, SigningPolicy> policy, ParentPrimary? parentPrimary, CancellationToken cancellation)
    {
        var file = Path.Combine(Store.Folder, "child.zone");
        await File.WriteAllTextAsync(file, ChildText(ownServers), cancellation);
        Store.Server.Update(server => server with { ListenAddresses = [Own.Address], Port = _port, Lookups = new([At(2)], [], _port) });
        Store.SigningPolicies.Update(
            SigningPolicy.DefaultName, old => policy(old with { KeyTtl = TimeSpan.FromSeconds(1), PropagationDelay = TimeSpan.Zero }));
        var setting = Store.CommonSettings.GetDefault().Id;
        Store.ZoneTransferAcls.Add(setting, IPNetwork.Parse("127.0.0.0/8"));
        Store.Zones.Add(Child, setting, zoneFile: file);
        Zone = Store.Zones.Update(Child, zone => zone with { HiddenPrimary = true });
        if (key is not null)
        {
            Store.ZoneKeys.Import(Zone, key.Role, key.Public, key.Pkcs8.ToArray());
        }

        Store.ZoneSignings.Put(Zone, Store.SigningPolicies.Get(SigningPolicy.DefaultName).Id, [], parentPrimary: parentPrimary);
        await StartServerAsync(cancellation);
    }

    private async Task AddAsync(PeerKind kind, PeerSetup setup, CancellationToken cancellation) =>
        _peers.Add(await Peer.StartAsync(kind, setup, cancellation));

    private const string RootText = """
        . 1 IN SOA a.root. h.root. 1 60 60 3600 1
        . 1 IN NS a.root.
        a.root. 1 IN A 127.0.0.2
        example. 1 IN NS ns1.example.
        example. 1 IN NS ns2.example.
        ns1.example. 1 IN A 127.0.0.3
        ns2.example. 1 IN A 127.0.0.1

        """;

    private static string BindUpdates(PeerZone zone) => $$"""
        key "{{UpdateKey.Name.ToDisplayString()}}" { algorithm hmac-sha256; secret "{{Convert.ToBase64String(UpdateKey.Secret.Span)}}"; };
        dnssec-policy "quick" {
            keys { csk lifetime unlimited algorithm ecdsap256sha256; };
            dnskey-ttl 1; max-zone-ttl 1; zone-propagation-delay 0;
        };
        zone "{{zone.Label}}" {
            type primary; file "{{zone.FileName}}"; dnssec-policy "quick"; inline-signing no;
            update-policy { grant {{UpdateKey.Name.ToDisplayString()}} subdomain {{zone.Label}}. DS; };
        };
        """;

    private static string KnotUpdates(PeerZone zone) => $"""
        key:
          - id: {UpdateKey.Name.ToDisplayString()}
            algorithm: hmac-sha256
            secret: {Convert.ToBase64String(UpdateKey.Secret.Span)}
        acl:
          - id: update
            key: {UpdateKey.Name.ToDisplayString()}
            action: update
            update-type: [ DS ]
          - id: transfer
            address: 127.0.0.0/8
            action: transfer
        policy:
          - id: quick
            algorithm: ecdsap256sha256
            single-type-signing: on
            dnskey-ttl: 1
            zone-max-ttl: 1
            propagation-delay: 0
        zone:
          - domain: {zone.Label}
            file: {zone.FileName}
            zonefile-sync: -1
            dnssec-signing: on
            dnssec-policy: quick
            acl: [ update, transfer ]
        """;

    private const string OtherText = """
        elsewhere. 1 IN SOA a.elsewhere. h.elsewhere. 1 60 60 3600 1
        elsewhere. 1 IN NS a.elsewhere.
        a.elsewhere. 1 IN A 127.0.0.1

        """;

    private string ParentText(int serial, IReadOnlyList<DnsKey> keys) => $"""
        example. 1 IN SOA ns1.example. h.example. {serial} 1 1 3600 1
        example. 1 IN NS ns1.example.
        example. 1 IN NS ns2.example.
        ns1.example. 1 IN A 127.0.0.3
        ns2.example. 1 IN A 127.0.0.1
        {(_isDelegated ? "child.example. 1 IN NS ns1.child.example.\nns1.child.example. 1 IN A 127.0.0.5" : "")}
        {string.Join('\n', keys.Select(key => $"child.example. 1 IN DS {RdataText.Format(RecordType.DS, RecordClass.IN, key.Ds(Child, DsDigestType.Sha256))}"))}
        {_parentRecords}

        """;

    private static string ChildText(int servers) => $"""
        child.example. 1 IN SOA ns1.child.example. h.child.example. 1 60 60 3600 1
        {string.Join('\n', Enumerable.Range(1, servers).Select(i => $"child.example. 1 IN NS ns{i}.child.example.\nns{i}.child.example. 1 IN A 127.0.0.{4 + i}"))}
        www.child.example. 1 IN A 192.0.2.1

        """;
}
