using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;
using ManagedDns.TestKit.Signing;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>How signing ends where it cannot end as it should: at once, and when the keys are lost.</summary>
public sealed class EndOfSigningTests : IDisposable
{
    private readonly MemoryKeyStore _keys = new();
    private readonly MemoryContentStore _contents = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("managed-dns-end-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string ZoneFile => Path.Combine(_folder, "zone");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Signing_that_ends_at_once_does_not_lower_the_serial_and_is_forgotten_when_the_primary_s_is_newer()
    {
        Write(serial: 5);
        await using var server = await StartAsync([], isEnding: false);
        await server.ComesToAsync(SigningState.WaitingForDs);
        var witness = new Witness(server.Remote, TestZone.Name);
        await witness.SeeAsync(Cancellation);
        var signed = await server.ServedSerialAsync();
        Assert.True(signed > 5, $"The CDS came with serial {signed}.");

        // What Disable-ZoneSigning -Force does.
        _keys.Finish(TestServer.ZoneId);
        Set(server, isEnding: true);
        var status = await server.ComesToAsync(SigningState.Unsigned);
        Assert.Equal(signed + 1, await server.ServedSerialAsync());
        Assert.Empty((await witness.SeeAsync(Cancellation)).Keys);
        Assert.Contains("the primary's serial (5) to be newer", status.WaitingFor, StringComparison.Ordinal);

        Write(serial: 100);
        server.Take(RequestKind.ReloadZoneFile);
        await server.ComesToAsync(status => status is { State: SigningState.Unsigned, WaitingFor: null });
        Assert.Equal(100u, await server.ServedSerialAsync());
        Assert.Empty((await witness.SeeAsync(Cancellation)).Keys);
    }

    [Fact]
    public async Task A_zone_whose_keys_are_lost_is_served_signed_until_its_DS_is_gone_and_can_be_signed_anew()
    {
        Write(serial: 1);
        await using var chain = await TrustChain.StartAsync();
        await using (var before = await StartAsync([chain.EndPoint], isEnding: false))
        {
            await chain.FollowAsync(before, status => status.State == SigningState.Signed);
            await using var first = chain.Resolve(before.EndPoint);
            await new Witness(before.Remote, TestZone.Name, first).SeeAsync(Cancellation);
        }

        _keys.Fault = new(FailureReason.KeyUnavailable, null, "The keys that sign the zone cannot be opened.", "Put store.key back.");
        await using var server = await StartAsync([chain.EndPoint], isEnding: true);
        await using var resolver = chain.Resolve(server.EndPoint);
        var witness = new Witness(server.Remote, TestZone.Name, resolver);
        var status = await server.ComesToAsync(SigningState.WaitingForDsRemoval);
        Assert.Equal(FailureReason.KeyUnavailable, status.Failure?.Reason);
        Assert.Contains("the DS to be gone", status.WaitingFor, StringComparison.Ordinal);
        Assert.NotNull(status.FirstExpiration);
        Assert.Single((await witness.SeeAsync(Cancellation)).Keys);

        // By hand: nothing signed can ask for it any more.
        chain.RemoveDs();
        await server.ComesToAsync(SigningState.Unsigned);
        Assert.Empty((await witness.SeeAsync(Cancellation)).Keys);

        _keys.Fault = null;
        Assert.Empty(_keys.Load(TestServer.ZoneId));
        Set(server, isEnding: false);
        await server.ComesToAsync(status => status is { State: SigningState.WaitingForDs, Failure: null });
        Assert.Single((await witness.SeeAsync(Cancellation, isTrusted: false)).Keys);
        await chain.FollowAsync(server, status => status is { State: SigningState.Signed, WaitingFor: null });
        await witness.SeeAsync(Cancellation);
    }

    private static void Set(TestServer server, bool isEnding) =>
        server.Apply(settings => settings.With(signing => signing with { Ending = isEnding }));

    private void Write(int serial) => File.WriteAllText(ZoneFile, $"$TTL 1\n@ SOA ns1 h {serial} 3600 600 86400 1\n@ NS ns1\nns1 A 127.0.0.1\n");

    private Task<TestServer> StartAsync(ImmutableArray<IPEndPoint> parent, bool isEnding) => TestServer.StartAsync(
        TestServer.FromFile(ZoneFile).Signed(SignedServers.Quick, parent).With(signing => signing with { Ending = isEnding }), _contents,
        keys: _keys);
}
