using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Tests.Signing;
using ManagedDns.Model;
using Microsoft.Extensions.Time.Testing;

namespace ManagedDns.Engine.Tests.Updates;

/// <summary>A version that takes another's place is served once it is kept, so that no query sees a serial that a crash takes back.</summary>
public class ServedWhenKeptTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    [Fact]
    public async Task A_newer_version_is_served_once_it_is_kept()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await WithNewerVersionUnkeptAsync(primary);
        Assert.Equal(1u, server.Zone.PublishedSerial);
        Assert.Equal(1u, await server.ServedSerialAsync());

        server.Store.Ready.Set();
        await server.HasSerialAsync(2);
        Assert.Equal(2u, await server.ServedSerialAsync());
    }

    [Fact]
    public async Task A_disk_that_hangs_does_not_hold_up_a_newer_version_for_longer_than_a_second()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        await using var server = await WithNewerVersionUnkeptAsync(primary);
        _time.Advance(TimeSpan.FromSeconds(1));
        await server.HasSerialAsync(2);
        Assert.Equal(2u, await server.ServedSerialAsync());
        Assert.Contains(server.Log, line => line.Contains("serial 2 is served before it is kept", StringComparison.Ordinal));
        server.Store.Ready.Set();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_newer_version_signed_here_is_served_once_it_is_kept_or_the_disk_has_hung_for_a_second(bool hangs)
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        var policy = SignedServers.Quick with { SerialPolicy = SerialPolicy.Keep };
        await using var server = await TestServer.StartAsync(
            TestServer.Secondary(primary.Remote).Signed(policy), time: _time, keys: new MemoryKeyStore());
        await server.Store.HoldsAsync(kept => kept.Any(content => content.Kind == ContentKind.Published));
        var signed = (await server.ComesToAsync(status => status.LastSigned is not null)).LastSigned;
        var before = await server.ServedSerialAsync();

        _time.Advance(TimeSpan.FromMilliseconds(1));
        server.Store.Ready.Reset();
        primary.Serve(TestZone.Text(9));
        server.Take(RequestKind.TransferZone);
        await server.Observed.WaitAsync(TestServer.ZoneId, status => status is { State: ZoneState.UpToDate, PrimarySerial: 9 });
        await server.ComesToAsync(_ => server.Log.Any(line => line.Contains("signed serial 9", StringComparison.Ordinal)));
        Assert.Equal(before, await server.ServedSerialAsync());
        Assert.Equal(signed, server.Signing()!.LastSigned);
        if (hangs)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        else
        {
            server.Store.Ready.Set();
        }

        await server.ComesToAsync(status => status.LastSigned > signed);
        Assert.Equal(9u, await server.ServedSerialAsync());
        server.Store.Ready.Set();
    }

    [Fact]
    public async Task The_first_version_is_served_before_it_is_kept()
    {
        await using var primary = new TestPrimary(TestZone.Text(1));
        var store = new MemoryContentStore();
        store.Ready.Reset();
        await using var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote), store, _time);
        await server.HasSerialAsync(1);
        Assert.Equal(1u, await server.ServedSerialAsync());
        store.Ready.Set();
    }

    private async Task<TestServer> WithNewerVersionUnkeptAsync(TestPrimary primary)
    {
        var server = await TestServer.StartAsync(TestServer.Secondary(primary.Remote), time: _time);
        await server.HasSerialAsync(1);
        server.Store.Ready.Reset();
        primary.Serve(TestZone.Text(2));
        server.Take(RequestKind.TransferZone);
        await server.Observed.WaitAsync(TestServer.ZoneId, status => status is { State: ZoneState.UpToDate, PrimarySerial: 2 });
        return server;
    }
}
