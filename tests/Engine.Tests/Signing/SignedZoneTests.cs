using System.Collections.Immutable;
using ManagedDns.Dns;
using ManagedDns.Engine.Signing;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;
using ManagedDns.TestKit.Signing;

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
        await SeeAsync(server);

        primary.Serve(TestZone.Text(2, "more A 192.0.2.9"));
        await server.NotifyAsync(TestServer.Key);
        var second = await SignedAsync(server, status => status.PrimarySerial == 2 && status.PublishedSerial > serial);

        var served = await SeeAsync(server, second.PublishedSerial!.Value);
        Assert.Single(served.Records, record => record.Type == RecordType.A && record.Owner == DomainName.Parse("more.example.org"));
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
            await SeeAsync(server, serial);
        }

        primary.IsSilent = true;
        await using var restarted = await TestServer.StartAsync(Signed(primary), store, keys: _keys);

        Assert.Equal(serial, await restarted.ServedSerialAsync());
        await restarted.ComesToAsync(_ => true);
        await SeeAsync(restarted, serial);
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
        await SeeAsync(server, 6);
    }

    [Fact]
    public async Task A_version_received_that_is_kept_after_the_one_signed_of_it_is_given_to_no_secondary()
    {
        await using var primary = new TestPrimary(TestZone.Text(5), TestServer.Key);
        var signed = Signed(primary);
        var store = new MemoryContentStore { Slow = ContentKind.Primary };
        store.Ready.Reset();
        await using var server = await TestServer.StartAsync(
            signed with { ZoneSignings = ImmutableDictionary<long, ZoneSigning>.Empty }, store, keys: _keys);
        await server.HasSerialAsync(5);
        server.Apply(settings => settings with { ZoneSignings = signed.ZoneSignings });
        await SignedAsync(server, status => status.PublishedSerial == 6);
        await SeeAsync(server, 6);

        store.Ready.Set();
        await store.HoldsAsync(kept => kept.Any(content => content.Kind == ContentKind.Primary));
        await SeeAsync(server, 6);
        await SeeAsync(server, 6);
    }

    [Fact]
    public async Task Signing_that_ends_before_any_DS_was_asked_for_serves_the_zone_unsigned_under_a_newer_serial_and_is_over()
    {
        await using var primary = new TestPrimary(TestZone.Text(1), TestServer.Key);
        var settings = Signed(primary);
        await using var server = await TestServer.StartAsync(settings, keys: _keys);
        var serial = (await SignedAsync(server, status => status.PrimarySerial == 1)).PublishedSerial!.Value;
        await SeeAsync(server, serial);

        server.Apply(current => current.With(signing => signing with { Ending = true }));
        await server.Observed.WaitAsync(TestServer.ZoneId, status => status.PublishedSerial == serial + 1);
        await server.ComesToAsync(SigningState.Unsigned);

        Assert.Empty((await SeeAsync(server, serial + 1)).Keys);
        Assert.Contains($"the one published ({serial + 1})", server.Observed.SigningOf(TestServer.ZoneId)!.WaitingFor);
        Assert.Empty(_keys.Load(TestServer.ZoneId));

        // Once the primary's serial has passed ours, what it sends is served as it is.
        primary.Serve(TestZone.Text(serial + 5));
        await server.NotifyAsync(TestServer.Key);
        await server.HasSerialAsync(serial + 5);
        await server.ComesToAsync(status => status is { State: SigningState.Unsigned, WaitingFor: null });
        await SeeAsync(server, serial + 5);
    }

    [Fact]
    public async Task A_zone_that_comes_signed_is_served_as_it_comes_and_says_so()
    {
        using var foreign = SignedElsewhere();
        await using var primary = new TestPrimary(foreign.Served().ToString(), TestServer.Key);
        await using var server = await TestServer.StartAsync(Signed(primary), keys: _keys);

        var status = await server.ComesToAsync(SigningState.AlreadySigned);

        await server.HasSerialAsync(foreign.Serial);
        Assert.Equal(FailureReason.AlreadySigned, status.Failure!.Reason);
        Assert.Equal(foreign.Served().ToString(), (await SeeAsync(server, foreign.Serial)).ToString());
        Assert.Empty(_keys.Load(TestServer.ZoneId));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_zone_that_comes_signed_is_stripped_and_signed_here_where_that_was_chosen(bool later)
    {
        using var foreign = SignedElsewhere();
        await using var primary = new TestPrimary(foreign.Served().ToString(), TestServer.Key);
        var settings = Signed(primary);
        await using var server = await TestServer.StartAsync(later ? settings : settings.With(Strip), keys: _keys);
        if (later)
        {
            await server.ComesToAsync(SigningState.AlreadySigned);
            await SeeAsync(server);
            server.Apply(current => current.With(Strip));
        }

        await server.ComesToAsync(SigningState.Enabling);

        Assert.Equal(Assert.Single(_keys.Load(TestServer.ZoneId)).Public, Assert.Single((await SeeAsync(server)).Keys));

        static ZoneSigning Strip(ZoneSigning signing) => signing with { StripsSignatures = true };
    }

    private static ZoneContents SignedElsewhere()
    {
        using var unsigned = TestZone.Build(TestZone.Text(7));
        var now = DateTimeOffset.UtcNow;
        return ZoneSigner.Sign(TestKeys.Csk(number: 3), unsigned, null, null, 7, now, now, 1, TestContext.Current.CancellationToken).Contents;
    }

    private static ServiceSettings Signed(TestPrimary primary) =>
        TestServer.Secondary(primary.Remote).Signed(new SigningPolicy(1, SigningPolicy.DefaultName));

    private static async Task<ZoneStatus> SignedAsync(TestServer server, Func<ZoneStatus, bool> also)
    {
        var status = await server.Observed.WaitAsync(TestServer.ZoneId, status => status.RecordCount > 10 && also(status));
        await server.ComesToAsync(status => status.LastSigned is not null);
        return status;
    }

    /// <summary>What others say of what is served.</summary>
    /// <param name="serial">What its serial has to be.</param>
    private static async Task<ServedZone> SeeAsync(TestServer server, uint? serial = null)
    {
        var served = await new Witness(server.Remote, TestZone.Name).SeeAsync(TestContext.Current.CancellationToken);
        Assert.Equal(serial ?? served.Serial, served.Serial);
        return served;
    }
}
