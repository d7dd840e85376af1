using System.Globalization;
using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;
using ManagedDns.Integration.Tests.Peers;
using ManagedDns.Model;
using ManagedDns.Store;

namespace ManagedDns.Integration.Tests.Parents;

/// <summary>
/// The daemon that signs is killed in the middle of a rollover, or finds its keys gone: what it served stays, and what it did goes on.
/// </summary>
public sealed class SurvivalTests
{
    private static readonly int s_kills = int.Parse(Environment.GetEnvironmentVariable("MANAGEDDNS_KILLS") ?? "4", CultureInfo.InvariantCulture);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(KeyState.Published)]
    [InlineData(KeyState.Submitted)]
    public async Task A_server_killed_in_mid_rollover_serves_the_same_zone_again_and_brings_the_rollover_to_its_end(KeyState at)
    {
        await using var family = await Family.StartUpdatedAsync(PeerKind.Knot, Cancellation);
        await family.ComesToAsync(status => status.State == SigningState.Signed, Cancellation);
        var old = Assert.Single(family.Keys).Public;
        family.Store.Requests.Add(RequestKind.ReplaceKeySigningKey, family.Zone.Id);
        await Eventually.TrueAsync(() => family.Keys.Any(key => key.State == at), () => family.Log, Cancellation);
        await family.KillAsync(Cancellation);
        var keys = family.Keys.Select(key => key.Public).ToHashSet();

        await family.StartServerAsync(Cancellation);
        Assert.Contains(RdataText.Format(RecordType.DNSKEY, RecordClass.IN, old.Rdata.Span), await family.AskAsync(RecordType.DNSKEY, Cancellation));
        await family.SeeAsync(Cancellation);

        await family.ComesToAsync(
            status => status.State == SigningState.Signed && family.Keys is [var only] && !only.Public.Equals(old), Cancellation);
        Assert.Contains(family.Keys[0].Public, keys);
        await family.SeeAsync(Cancellation);
    }

    /// <summary>MANAGEDDNS_KILLS says how often.</summary>
    [Fact]
    public async Task A_server_killed_whenever_a_key_has_moved_serves_nothing_that_does_not_validate_and_brings_every_rollover_to_its_end()
    {
        await using var family = await Family.StartUpdatedAsync(PeerKind.Knot, Cancellation);
        await family.ComesToAsync(status => status.State == SigningState.Signed, Cancellation);
        var first = Assert.Single(family.Keys).Public;
        for (var kill = 0; kill < s_kills; kill++)
        {
            if (family.Keys.Count == 1)
            {
                family.Store.Requests.Add(RequestKind.ReplaceKeySigningKey, family.Zone.Id, full: kill % 2 == 1);
            }

            var before = States();
            await Eventually.TrueAsync(() => States() != before, () => family.Log, Cancellation);
            await family.KillAsync(Cancellation);
            var kept = family.Keys.Select(key => key.Public).ToList();
            await family.StartServerAsync(Cancellation);
            var served = await family.SeeAsync(Cancellation);
            Assert.True(served.Keys.Any(kept.Contains), $"{string.Join(", ", served.Keys)} are served, {string.Join(", ", kept)} are kept.");
        }

        await family.ComesToAsync(
            status => status.State == SigningState.Signed && family.Keys is [var only] && !only.Public.Equals(first), Cancellation);

        string States() => string.Join(", ", family.Keys.Select(key => $"{key.Public.Tag} {key.State} {key.SignsZone} {key.DsSince}"));
    }

    [Fact]
    public async Task A_server_whose_keys_cannot_be_opened_serves_what_was_signed_and_says_so_until_they_can()
    {
        await using var family = await Family.StartAsync(Cancellation);
        await family.ComesToAsync(status => status.State == SigningState.WaitingForDs, Cancellation);
        var shown = await family.AskAsync(RecordType.DNSKEY, Cancellation);
        await family.KillAsync(Cancellation);
        var file = Path.Combine(family.Store.Folder, "store.key");
        var key = await File.ReadAllTextAsync(file, Cancellation);
        await File.WriteAllTextAsync(file, Convert.ToBase64String(new byte[32]), Cancellation);

        await family.StartServerAsync(Cancellation);
        var status = await family.ComesToAsync(status => status.Failure is not null, Cancellation);
        Assert.Equal(FailureReason.KeyUnavailable, status.Failure!.Reason);
        Assert.Contains("store.key", status.Failure.Remedy);
        Assert.Equal(shown, await family.AskAsync(RecordType.DNSKEY, Cancellation));
        await family.SeeAsync(Cancellation);

        await family.KillAsync(Cancellation);
        await File.WriteAllTextAsync(file, key, Cancellation);
        await family.StartServerAsync(Cancellation);
        await family.ComesToAsync(status => status is { State: SigningState.WaitingForDs, Failure: null }, Cancellation);
        Assert.Equal(shown, await family.AskAsync(RecordType.DNSKEY, Cancellation));
    }

    [Fact]
    public async Task A_zone_whose_keys_are_lost_for_good_is_unsigned_in_safety_and_signed_anew()
    {
        await using var family = await Family.StartAsync(Cancellation);
        await family.ComesToAsync(status => status.State == SigningState.WaitingForDs, Cancellation);
        var lost = Assert.Single(family.Keys).Public;
        await DelegateAsync(family, lost);
        await family.ComesToAsync(status => status is { State: SigningState.Signed, WaitingFor: null }, Cancellation);
        await family.KillAsync(Cancellation);
        File.Delete(Path.Combine(family.Store.Folder, "store.key"));
        Assert.Equal(LostSecretKind.ZoneSigningKey, Assert.Single(family.Store.ResetKey()).Kind);
        await family.StartServerAsync(Cancellation);
        await family.ComesToAsync(status => status.Failure?.Reason == FailureReason.KeyUnavailable, Cancellation);

        // What its remedy says.
        family.Store.ZoneSignings.BeginEnd(family.Zone);
        await family.ComesToAsync(status => status.State == SigningState.WaitingForDsRemoval, Cancellation);
        await family.SeeAsync(Cancellation);
        await DelegateAsync(family);
        await family.ComesToAsync(status => status.State == SigningState.Unsigned, Cancellation);
        Assert.Empty(await family.AskAsync(RecordType.DNSKEY, Cancellation));

        family.Store.ZoneSignings.Put(family.Zone, family.Store.SigningPolicies.Get(SigningPolicy.DefaultName).Id, []);
        await family.ComesToAsync(status => status is { State: SigningState.WaitingForDs, Failure: null }, Cancellation);
        var found = Assert.Single(family.Keys).Public;
        Assert.NotEqual(lost, found);
        await DelegateAsync(family, found);
        await family.ComesToAsync(status => status is { State: SigningState.Signed, WaitingFor: null }, Cancellation);
        await family.SeeAsync(Cancellation);
    }

    private static async Task DelegateAsync(Family family, params DnsKey[] keys)
    {
        await family.DelegateAsync(0, Cancellation, keys);
        await family.DelegateAsync(1, Cancellation, keys);
    }
}
