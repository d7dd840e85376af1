using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;
using Microsoft.Extensions.Time.Testing;

namespace ManagedDns.Engine.Tests;

/// <summary>What is noted of the TSIG keys that peers use, by which the end of a rollover is decided.</summary>
public sealed class KeyWitnessTests
{
    private static readonly TsigKey s_new = new(DomainName.Parse("new.key"), TsigAlgorithm.HmacSha256, new byte[] { 1 });
    private static readonly TsigKey s_old = new(DomainName.Parse("old.key"), TsigAlgorithm.HmacSha256, new byte[] { 2 }) { Successor = s_new };

    private readonly FakeTimeProvider _time = new();
    private readonly Observed _observed = new();
    private readonly KeyWitness _witness;

    public KeyWitnessTests() => _witness = new(_observed, _time);

    [Fact]
    public void A_peer_that_changes_between_the_keys_of_a_rollover_within_a_second_is_noted_with_the_last_one()
    {
        foreach (var key in new[] { s_old, s_new, s_old, s_new, s_new, s_old })
        {
            Saw(key);
        }

        Assert.Equal([s_old, s_new, s_old, s_new, s_old], Noted());
        Assert.Equal(_time.GetUtcNow(), _observed.KeyUses[^1].LastUsed);
    }

    [Fact]
    public void A_peer_that_uses_one_key_all_the_time_is_noted_now_and_then()
    {
        for (var i = 0; i < 100; i++)
        {
            Saw(s_new);
        }

        Assert.Equal(2, _observed.KeyUses.Count);
    }

    [Fact]
    public void What_one_peer_uses_and_what_is_used_with_it_say_nothing_of_others()
    {
        var other = IPAddress.Parse("192.0.2.2");
        _witness.Saw(s_old, other, TsigKeyUseDirection.Received);
        _witness.Saw(s_old, IPAddress.Loopback, TsigKeyUseDirection.Sent);
        Saw(s_new);
        _witness.Saw(s_old, other, TsigKeyUseDirection.Received);
        _witness.Saw(s_old, IPAddress.Loopback, TsigKeyUseDirection.Sent);

        Assert.Equal([s_old, s_old, s_new], Noted());
    }

    /// <summary>A use of the key, 100 ms after the one before.</summary>
    private void Saw(TsigKey key)
    {
        _time.Advance(TimeSpan.FromMilliseconds(100));
        _witness.Saw(key, IPAddress.Loopback, TsigKeyUseDirection.Received);
    }

    private IEnumerable<TsigKey> Noted() => _observed.KeyUses.Select(use => use.KeyName == s_new.Name ? s_new : s_old);
}
