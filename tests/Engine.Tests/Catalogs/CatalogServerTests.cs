using System.Collections.Immutable;
using System.Threading.Channels;
using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace ManagedDns.Engine.Tests.Catalogs;

/// <summary>A server that follows a primary's catalog, and one that makes its own.</summary>
public sealed class CatalogServerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_version_of_a_catalog_that_is_followed_is_passed_on_once_it_is_kept_and_at_a_start()
    {
        var seen = new Seen();
        var store = new MemoryContentStore();
        await using var primary = new TestPrimary(Catalog(1, "a.zones PTR one.example."));
        var settings = TestServer.Secondary(primary.Remote) with { Catalogs = Catalogs(new(TestServer.ZoneId, CatalogRole.Consumer)) };
        await using (var server = New(settings, store, seen))
        {
            await server.StartAsync(Cancellation);
            Assert.Equal(["one.example."], Zones(await seen.NextAsync()));

            primary.Serve(Catalog(2, "a.zones PTR one.example.\na.zones PTR two.example."));
            server.Take(new(1, RequestKind.TransferZone, TestServer.ZoneId, false, DateTimeOffset.UtcNow));
            Assert.Equal(FailureReason.CatalogBroken, (await seen.NextAsync(after: 1)).Failure?.Reason);
        }

        await using var again = New(settings, store, seen);
        await again.StartAsync(Cancellation);
        Assert.Equal(2u, (await seen.NextAsync()).Serial);
    }

    [Fact]
    public async Task A_zone_that_becomes_a_catalog_while_the_server_runs_is_looked_at_and_one_that_is_none_never()
    {
        var seen = new Seen();
        await using var primary = new TestPrimary(Catalog(1, "a.zones PTR one.example."));
        var settings = TestServer.Secondary(primary.Remote);
        var observed = new Observed();
        await using var server = new SecondaryServer(settings, new MemoryContentStore(), observed, TimeProvider.System, NullLogger.Instance, catalogs: seen);
        await server.StartAsync(Cancellation);
        await observed.WaitAsync(TestServer.ZoneId, ZoneState.UpToDate);
        Assert.True(seen.IsEmpty);

        server.Apply(settings with { Generation = 1, Catalogs = Catalogs(new(TestServer.ZoneId, CatalogRole.Consumer)) });

        // Kept a moment after it was published: whichever comes last passes it on.
        Assert.Equal(["one.example."], Zones(await seen.NextAsync()));
    }

    [Fact]
    public async Task A_catalog_made_here_lists_the_managed_zones_follows_changes_and_keeps_its_serial_across_a_start()
    {
        var store = new MemoryContentStore();
        var settings = Producing(Zone(5, "one.example"), Zone(6, "two.example") with { NewCatalog = DomainName.Parse("theirs.example") });
        uint last;
        await using (var server = await TestServer.StartAsync(settings, store))
        {
            last = (await server.Observed.WaitAsync(TestServer.ZoneId, ZoneState.Loaded)).PublishedSerial!.Value;
            Assert.Equal("two.example.", await AskAsync(server, "m6.zones.example.org", RecordType.PTR));
            Assert.Equal("theirs.example.", await AskAsync(server, "coo.m6.zones.example.org", RecordType.PTR));
            Assert.Equal("\"Default\"", await AskAsync(server, "group.m5.zones.example.org", RecordType.TXT));
            Assert.Equal("\"2\"", await AskAsync(server, "version.example.org", RecordType.TXT));

            server.Apply(old => old with { Zones = [.. old.Zones.Where(zone => zone.Id != 5), Zone(7, "three.example")] });
            await server.Observed.WaitAsync(TestServer.ZoneId, status => status.PublishedSerial != last);

            Assert.Equal("three.example.", await AskAsync(server, "m7.zones.example.org", RecordType.PTR));
            Assert.Equal(ResponseCode.NXDomain, (await server.QueryAsync("m5.zones.example.org", RecordType.PTR)).Code);
            Assert.True(new Serial(server.Zone.PublishedSerial!.Value).IsNewerThan(last));
            settings = server.Settings;
            last = server.Zone.PublishedSerial!.Value;
        }

        await using var again = await TestServer.StartAsync(settings, store);
        Assert.Equal(last, (await again.Observed.WaitAsync(TestServer.ZoneId, ZoneState.Loaded)).PublishedSerial);
    }

    [Fact]
    public async Task Groups_of_a_catalog_made_here_choose_which_zones_it_lists()
    {
        var settings = Producing(Zone(5, "one.example"), Zone(6, "two.example") with { CommonSettingId = 2 });
        settings = settings with { CommonSettings = settings.CommonSettings.Add(2, new CommonSetting(2, "other", false, "")) };
        await using var server = await TestServer.StartAsync(settings);
        var first = (await server.Observed.WaitAsync(TestServer.ZoneId, ZoneState.Loaded)).PublishedSerial;

        server.Apply(old => old with { Catalogs = Catalogs(new(TestServer.ZoneId, CatalogRole.Producer) { Groups = [new("gold", 2)] }) });
        await server.Observed.WaitAsync(TestServer.ZoneId, status => status.PublishedSerial != first);

        Assert.Equal("\"gold\"", await AskAsync(server, "group.m6.zones.example.org", RecordType.TXT));
        Assert.Equal(ResponseCode.NXDomain, (await server.QueryAsync("m5.zones.example.org", RecordType.PTR)).Code);
    }

    private static async Task<string> AskAsync(TestServer server, string name, RecordType type)
    {
        var reader = new MessageReader((await server.QueryAsync(name, type)).Message.Span, new byte[MessageReader.ScratchLength]);
        Assert.True(reader.TryReadQuestion(out _));
        Assert.True(reader.TryReadRecord(out var record));
        return RdataText.Format(type, RecordClass.IN, record.Rdata);
    }

    private static ImmutableDictionary<long, CatalogZone> Catalogs(CatalogZone catalog) =>
        ImmutableDictionary<long, CatalogZone>.Empty.Add(catalog.ZoneId, catalog);

    private static ManagedZone Zone(long id, string name) => new(id, DomainName.Parse(name), 1, false, false, null, "") { MemberId = $"m{id}" };

    private static ServiceSettings Producing(params ManagedZone[] zones)
    {
        var settings = TestServer.Secondary();
        return settings with
        {
            Zones = [settings.Zones[0] with { ProxyEnabled = false }, .. zones],
            Catalogs = Catalogs(new(TestServer.ZoneId, CatalogRole.Producer)),
        };
    }

    private static string Catalog(uint serial, string members) => $"""
        $TTL 0
        @ SOA invalid. invalid. {serial} 3600 600 2147483646 0
        @ NS invalid.
        version TXT "2"
        {members}

        """;

    private static IEnumerable<string> Zones(CatalogVersion version) => version.Entries.Select(entry => entry.Zone.ToString());

    private static SecondaryServer New(ServiceSettings settings, MemoryContentStore store, Seen seen) =>
        new(settings, store, new Observed(), TimeProvider.System, NullLogger.Instance, catalogs: seen);

    private sealed class Seen : ICatalogSink
    {
        private readonly Channel<CatalogVersion> _versions = Channel.CreateUnbounded<CatalogVersion>();

        public bool IsEmpty => _versions.Reader.Count == 0;

        public void Take(CatalogVersion version) => Assert.True(_versions.Writer.TryWrite(version));

        public Task<CatalogVersion> NextAsync() =>
            _versions.Reader.ReadAsync(Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(120), Cancellation);

        /// <summary>The next version that is another than the one with the serial: a look too many passes that one on again.</summary>
        public async Task<CatalogVersion> NextAsync(uint after)
        {
            while (true)
            {
                if (await NextAsync() is var version && version.Serial != after)
                {
                    return version;
                }
            }
        }
    }
}
