using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Signing;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;
using ManagedDns.TestKit.Signing;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>A signed root and a signed org above example.org, on a server of ours: what a resolver goes through. org follows the child's CDS (RFC 7344, RFC 8078).</summary>
internal sealed class TrustChain : IAsyncDisposable
{
    private const uint Ttl = 2;
    private const long OrgId = 2;

    private static readonly DomainName s_org = DomainName.Parse("org");

    private readonly DnsClient _client = new(TimeProvider.System);
    private readonly string _folder = Directory.CreateTempSubdirectory("managed-dns-chain-").FullName;
    private readonly SigningPlan _root = TestKeys.Csk(number: 11);
    private readonly SigningPlan _org = TestKeys.Csk(number: 12);
    private TestServer _server = null!;
    private ImmutableArray<string> _ds = [];
    private uint _serial = 1;

    private TrustChain()
    {
    }

    public IPEndPoint EndPoint => _server.EndPoint;

    /// <summary>A resolver that believes the root's key alone, and asks these servers for the child.</summary>
    public Unbound Resolve(params IEnumerable<IPEndPoint> child) => new(
        [(DomainName.Root, _root.DnsKeys[0])], [(DomainName.Root, EndPoint), (s_org, EndPoint), .. child.Select(server => (TestZone.Name, server))]);

    public static async Task<TrustChain> StartAsync()
    {
        var chain = new TrustChain();
        chain.WriteRoot();
        chain.WriteOrg();
        var settings = TestServer.FromFile(Path.Combine(chain._folder, "root"));
        chain._server = await TestServer.StartAsync(settings with
        {
            Zones = [new(1, DomainName.Root, 1, false, false, Path.Combine(chain._folder, "root"), ""), new(OrgId, s_org, 1, false, false, Path.Combine(chain._folder, "org"), "")],
        });
        return chain;
    }

    /// <summary>Does once what a registry does: gives the child the DS that its CDS ask for.</summary>
    public async Task FollowAsync(IPEndPoint child, CancellationToken cancellation)
    {
        var response = await _client.QueryAsync(new(child), TestZone.Name, RecordType.CDS, new() { UdpPayloadSize = 1232 }, cancellation);
        var asked = new List<string>();
        var reader = new MessageReader(response.Message.Span, new byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            if (record.Type == RecordType.CDS && reader.Section == MessageSection.Answer)
            {
                asked.Add(RdataText.Format(RecordType.DS, RecordClass.IN, record.Rdata));
            }
        }

        ImmutableArray<string> wanted = asked is ["0 0 0 00"] ? [] : [.. asked.Order(StringComparer.Ordinal)];
        if (asked.Count > 0 && !wanted.SequenceEqual(_ds))
        {
            Give(wanted);
        }
    }

    /// <summary>Removes the DS by hand, whatever the CDS ask for.</summary>
    public void RemoveDs() => Give([]);

    private void Give(ImmutableArray<string> ds)
    {
        (_ds, _serial) = (ds, _serial + 1);
        WriteOrg();
        _server.Server.Take(new(1, RequestKind.ReloadZoneFile, OrgId, false, DateTimeOffset.UtcNow));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private void WriteRoot() => Write("root", DomainName.Root, _root, $"""
        . {Ttl} IN SOA ns.org. h.org. 1 3600 600 86400 1
        . {Ttl} IN NS ns.org.
        org. {Ttl} IN NS ns.org.
        org. {Ttl} IN DS {RdataText.Format(RecordType.DS, RecordClass.IN, _org.DnsKeys[0].Ds(s_org, DsDigestType.Sha256))}
        ns.org. {Ttl} IN A 127.0.0.1

        """);

    private void WriteOrg() => Write("org", s_org, _org, $"""
        org. {Ttl} IN SOA ns.org. h.org. {_serial} 3600 600 86400 1
        org. {Ttl} IN NS ns.org.
        ns.org. {Ttl} IN A 127.0.0.1
        example.org. {Ttl} IN NS ns1.example.org.
        ns1.example.org. {Ttl} IN A 127.0.0.1
        {string.Join('\n', _ds.Select(ds => $"example.org. {Ttl} IN DS {ds}"))}

        """);

    private void Write(string file, DomainName zone, SigningPlan plan, string text)
    {
        using var unsigned = TestZone.Build(text, zone);
        var now = DateTimeOffset.UtcNow;
        using var signed = ZoneSigner.Sign(plan with { KeyTtl = Ttl }, unsigned, null, null, unsigned.Serial, now, now, 1, CancellationToken.None);
        var path = Path.Combine(_folder, file);
        File.WriteAllText(path + ".new", signed.Contents.Served().ToString());
        File.Move(path + ".new", path, overwrite: true);
    }
}
