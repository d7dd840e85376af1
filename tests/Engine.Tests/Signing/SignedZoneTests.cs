using System.Collections.Immutable;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Signing;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>A server that signs what a hidden primary sends it, seen over the network.</summary>
public sealed class SignedZoneTests
{
    private readonly MemoryKeyStore _keys = new();

    [Fact]
    public async Task A_zone_that_comes_unsigned_is_served_signed_and_follows_its_primary()
    {
        await using var primary = new TestPrimary(TestZone.Text(1), TestServer.Key);
        await using var server = await TestServer.StartAsync(Signed(primary), keys: _keys);

        var serial = (await SignedAsync(server, status => status.PrimarySerial == 1)).PublishedSerial;
        using (var first = await TransferAsync(server, await server.ServedSerialAsync()))
        {
            Verifiers.Accept(first);
        }

        primary.Serve(TestZone.Text(2, "more A 192.0.2.9"));
        await server.NotifyAsync(TestServer.Key);
        var second = await SignedAsync(server, status => status.PrimarySerial == 2 && status.PublishedSerial > serial);

        using var served = await TransferAsync(server, second.PublishedSerial!.Value);
        Assert.Single(served.Find(DomainName.Parse("more.example.org"), RecordType.A));
        Verifiers.Accept(served);
    }

    [Fact]
    public async Task A_restart_serves_what_was_signed_and_signs_nothing_anew()
    {
        await using var primary = new TestPrimary(TestZone.Text(1), TestServer.Key);
        var store = new MemoryContentStore();
        uint serial;
        await using (var server = await TestServer.StartAsync(Signed(primary), store, keys: _keys))
        {
            serial = (await SignedAsync(server, status => status.PrimarySerial == 1)).PublishedSerial!.Value;
        }

        primary.IsSilent = true;
        await using var restarted = await TestServer.StartAsync(Signed(primary), store, keys: _keys);

        Assert.Equal(serial, await restarted.ServedSerialAsync());
        await Eventually(() => restarted.Observed.SigningOf(TestServer.ZoneId) is not null);
        Assert.Equal(serial, await restarted.ServedSerialAsync());
        Assert.Single(_keys.Load(TestServer.ZoneId));
    }

    [Fact]
    public async Task Signing_that_is_enabled_later_raises_the_serial()
    {
        await using var primary = new TestPrimary(TestZone.Text(5), TestServer.Key);
        var signed = Signed(primary);
        await using var server = await TestServer.StartAsync(
            signed with { ZoneSignings = ImmutableDictionary<long, ZoneSigning>.Empty }, keys: _keys);
        await server.HasSerialAsync(5);

        server.Apply(settings => settings with { ZoneSignings = signed.ZoneSignings });

        await SignedAsync(server, status => status.PublishedSerial == 6);
        Assert.Equal(6u, await server.ServedSerialAsync());
    }

    [Fact]
    public async Task Signing_that_ends_before_any_DS_was_asked_for_serves_the_zone_unsigned_under_a_newer_serial_and_is_over()
    {
        await using var primary = new TestPrimary(TestZone.Text(1), TestServer.Key);
        var settings = Signed(primary);
        await using var server = await TestServer.StartAsync(settings, keys: _keys);
        var serial = (await SignedAsync(server, status => status.PrimarySerial == 1)).PublishedSerial!.Value;

        var ending = settings.ZoneSignings[TestServer.ZoneId] with { Ending = true };
        server.Apply(current => current with { ZoneSignings = current.ZoneSignings.SetItem(TestServer.ZoneId, ending) });
        await server.Observed.WaitAsync(TestServer.ZoneId, status => status.PublishedSerial == serial + 1);
        await Eventually(() => server.Observed.SigningOf(TestServer.ZoneId)?.State == SigningState.Unsigned);

        var answer = await server.QueryAsync("example.org", RecordType.DNSKEY);
        Assert.True(MessageHeader.TryRead(answer.Message.Span, out var header) && header.AnswerCount == 0);
        Assert.Contains($"the one published ({serial + 1})", server.Observed.SigningOf(TestServer.ZoneId)!.WaitingFor);
        Assert.Empty(_keys.Load(TestServer.ZoneId));

        // Once the primary's serial has passed ours, what it sends is served as it is.
        primary.Serve(TestZone.Text(serial + 5));
        await server.NotifyAsync(TestServer.Key);
        await server.HasSerialAsync(serial + 5);
        await Eventually(() => server.Observed.SigningOf(TestServer.ZoneId) is { State: SigningState.Unsigned, WaitingFor: null });
    }

    [Fact]
    public async Task A_zone_that_comes_signed_is_served_as_it_comes_and_says_so()
    {
        using var foreign = SignedElsewhere();
        await using var primary = new TestPrimary(Verifiers.Text(foreign), TestServer.Key);
        await using var server = await TestServer.StartAsync(Signed(primary), keys: _keys);

        await Eventually(() => server.Observed.SigningOf(TestServer.ZoneId)?.State == SigningState.AlreadySigned);

        await server.HasSerialAsync(foreign.Serial);
        Assert.Equal(FailureReason.AlreadySigned, server.Observed.SigningOf(TestServer.ZoneId)!.Failure!.Reason);
        using var served = await TransferAsync(server, foreign.Serial);
        Assert.Equal(Verifiers.Text(foreign), Verifiers.Text(served));
        Assert.Empty(_keys.Load(TestServer.ZoneId));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_zone_that_comes_signed_is_stripped_and_signed_here_where_that_was_chosen(bool later)
    {
        using var foreign = SignedElsewhere();
        await using var primary = new TestPrimary(Verifiers.Text(foreign), TestServer.Key);
        var settings = Signed(primary);
        var stripping = settings.ZoneSignings[TestServer.ZoneId] with { StripsSignatures = true };
        await using var server = await TestServer.StartAsync(
            later ? settings : settings with { ZoneSignings = settings.ZoneSignings.SetItem(TestServer.ZoneId, stripping) }, keys: _keys);
        if (later)
        {
            await Eventually(() => server.Observed.SigningOf(TestServer.ZoneId)?.State == SigningState.AlreadySigned);
            server.Apply(current => current with { ZoneSignings = current.ZoneSignings.SetItem(TestServer.ZoneId, stripping) });
        }

        await Eventually(() => server.Observed.SigningOf(TestServer.ZoneId)?.State == SigningState.Enabling);

        using var served = await TransferAsync(server, await server.ServedSerialAsync());
        var key = Assert.Single(served.Find(TestZone.Name, RecordType.DNSKEY));
        Assert.Equal(Assert.Single(_keys.Load(TestServer.ZoneId)).Public.Rdata.ToArray(), key.Rdata.ToArray());
        Verifiers.Accept(served);
    }

    private static ZoneContents SignedElsewhere()
    {
        using var unsigned = TestZone.Build(TestZone.Text(7));
        var now = DateTimeOffset.UtcNow;
        return ZoneSigner.Sign(TestKeys.Csk(number: 3), unsigned, null, null, 7, now, now, 1, TestContext.Current.CancellationToken).Contents;
    }

    private static ServiceSettings Signed(TestPrimary primary)
    {
        var settings = TestServer.Secondary(primary.Remote);
        return settings with
        {
            ZoneTransferAcls = [new(1, 1, System.Net.IPNetwork.Parse("127.0.0.0/8"), null)],
            Zones = [settings.Zones[0] with { HiddenPrimary = true }],
            ZoneSignings = ImmutableDictionary<long, ZoneSigning>.Empty.Add(
                TestServer.ZoneId, new(TestServer.ZoneId, new SigningPolicy(1, SigningPolicy.DefaultName), false, [])),
        };
    }

    private static async Task<ZoneStatus> SignedAsync(TestServer server, Func<ZoneStatus, bool> also)
    {
        var status = await server.Observed.WaitAsync(TestServer.ZoneId, status => status.RecordCount > 10 && also(status));
        await Eventually(() => server.Observed.SigningOf(TestServer.ZoneId)?.LastSigned is not null);
        return status;
    }

    /// <summary>The version with this serial, once it is kept: before that it is given to nobody.</summary>
    private static async Task<ZoneContents> TransferAsync(TestServer server, uint serial)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            using var sink = new Engine.Refresh.VersionSink(TestZone.Name, null);
            await new DnsClient(TimeProvider.System).TransferAsync(server.Remote, TestZone.Name, null, sink, cancellation: bound.Token);
            var version = sink.Build().Contents;
            if (version.Serial == serial)
            {
                return version;
            }

            version.Dispose();
        }
    }

    /// <summary>Waits for a state that nothing announces.</summary>
    private static async Task Eventually(Func<bool> state)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!state())
        {
            await timer.WaitForNextTickAsync(bound.Token);
        }
    }
}
