using System.Collections.Immutable;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Health;
using ManagedDns.Integration.Tests.Peers;
using ManagedDns.Integration.Tests.Transfers;
using ManagedDns.Model;

namespace ManagedDns.Integration.Tests.Health;

/// <summary>The health check's verdicts on real primaries: in order, and each wrong in one way.</summary>
public sealed class PrimaryHealthTests
{
    private const uint Serial = 7;

    public static TheoryData<PeerKind> Kinds => new(Enum.GetValues<PeerKind>());

    /// <summary>PowerDNS says NOTAUTH, unsigned, whatever is wrong with a signature.</summary>
    public static TheoryData<PeerKind> KindsThatTellWhy => new(PeerKind.Bind, PeerKind.Nsd, PeerKind.Knot);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_primary_in_order_passes_every_check(PeerKind kind)
    {
        await using var peer = await StartAsync(kind);

        var checks = await CheckAsync([peer], seen: new NotifySeen(peer.EndPoint.Address, DateTimeOffset.UtcNow, TestKeys.Default.Name));

        string[] all =
        [
            Checks.Enabled, Checks.SoaOverUdp, Checks.SoaOverTcp, Checks.Authoritative, Checks.Tsig, Checks.Axfr, Checks.Ixfr, Checks.Serial, Checks.Notify,
        ];
        Assert.Equal(all.ToDictionary(name => name, _ => HealthCheckOutcome.Passed), all.ToDictionary(name => name, name => checks[name].Outcome));
        Assert.Contains("seconds from ours", checks[Checks.Tsig].Message, StringComparison.Ordinal);
        Assert.Contains(" ms over UDP", checks[Checks.RoundTrip].Message, StringComparison.Ordinal);
        Assert.Contains("signed with 'transfer.key.test'", checks[Checks.Notify].Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_primary_that_answers_but_permits_no_transfer_fails_there_alone(PeerKind kind)
    {
        await using var peer = await StartAsync(kind, transfer: false);

        var checks = await CheckAsync([peer], key: null);

        Assert.Equal(HealthCheckOutcome.Passed, checks[Checks.SoaOverTcp].Outcome);
        Assert.Equal(HealthCheckOutcome.Failed, checks[Checks.Axfr].Outcome);
        Assert.Equal(kind is PeerKind.Bind or PeerKind.Nsd ? FailureReason.Refused : FailureReason.NotAuthoritative, checks[Checks.Axfr].Reason);
        Assert.NotEmpty(checks[Checks.Axfr].Remedy!);
        Assert.Equal(HealthCheckOutcome.NotApplicable, checks[Checks.Tsig].Outcome);
    }

    [Theory]
    [MemberData(nameof(KindsThatTellWhy))]
    public async Task The_verdict_on_signatures_names_secret_key_and_clock(PeerKind kind)
    {
        await using var peer = await StartAsync(kind);

        var secret = await CheckAsync([peer], key: TestKeys.WithOtherSecret(TestKeys.Default));
        var name = await CheckAsync([peer], key: TestKeys.WithOtherName(TestKeys.Default));
        var far = await CheckAsync([peer], clock: TimeSpan.FromHours(1));
        var near = await CheckAsync([peer], clock: TimeSpan.FromSeconds(100));

        Assert.Equal((HealthCheckOutcome.Failed, FailureReason.BadSignature), Verdict(secret, Checks.Tsig));
        Assert.Equal((HealthCheckOutcome.Failed, FailureReason.BadKey), Verdict(name, Checks.Tsig));
        Assert.Equal((HealthCheckOutcome.Failed, FailureReason.BadTime), Verdict(far, Checks.Tsig));
        Assert.Matches("(359|360)[0-9]", far[Checks.Tsig].Message);
        Assert.Equal((HealthCheckOutcome.Warning, FailureReason.BadTime), Verdict(near, Checks.Tsig));
        Assert.Matches("-(9[5-9]|10[0-5]) seconds from ours", near[Checks.Tsig].Message);
    }

    [Theory]
    [InlineData(Serial, HealthCheckOutcome.Passed, FailureReason.None, "as we have it")]
    [InlineData(Serial - 1, HealthCheckOutcome.Warning, FailureReason.Outdated, "Start-ZoneTransfer")]
    [InlineData(Serial + 1, HealthCheckOutcome.Failed, FailureReason.SerialRegressed, "-AcceptSerial")]
    [InlineData(uint.MaxValue, HealthCheckOutcome.Warning, FailureReason.Outdated, "we still have 4294967295")]
    [InlineData(Serial + 0x80000000, HealthCheckOutcome.Failed, FailureReason.SerialRegressed, "neither newer nor older")]
    public async Task A_serial_is_set_beside_ours_by_RFC_1982(uint ours, HealthCheckOutcome outcome, FailureReason reason, string told)
    {
        await using var peer = await StartAsync(PeerKind.Bind);

        var check = (await CheckAsync([peer], ours: ours))[Checks.Serial];

        Assert.Equal((outcome, reason), (check.Outcome, check.Reason));
        Assert.Contains(told, $"{check.Message} {check.Remedy}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Primaries_of_two_makers_that_do_not_agree_are_told_apart()
    {
        await using var behind = await StartAsync(PeerKind.Knot);
        await using var ahead = await StartAsync(PeerKind.Nsd, serial: Serial + 1);

        var check = (await CheckAsync([behind, ahead]))[Checks.SerialAgreement];

        Assert.Equal(HealthCheckOutcome.Warning, check.Outcome);
        Assert.Contains("Knot 7, Nsd 8", check.Message, StringComparison.Ordinal);
        Assert.Contains("Knot must catch up", check.Remedy, StringComparison.Ordinal);
    }

    private static (HealthCheckOutcome, FailureReason) Verdict(Dictionary<string, HealthCheck> checks, string name) => (checks[name].Outcome, checks[name].Reason);

    private static Task<Peer> StartAsync(PeerKind kind, bool transfer = true, uint serial = Serial) => Peer.StartAsync(
        kind,
        new PeerSetup(new PeerZone(SampleZone.Name, SampleZone.Text(serial))) { Key = transfer ? TestKeys.Default : null, AllowTransfer = transfer },
        Cancellation);

    private static Task<Dictionary<string, HealthCheck>> CheckAsync(Peer[] peers, uint ours = Serial, TimeSpan clock = default, NotifySeen? seen = null) =>
        CheckAsync(peers, TestKeys.Default, ours, clock, seen);

    private static async Task<Dictionary<string, HealthCheck>> CheckAsync(
        Peer[] peers, TsigKey? key, uint ours = Serial, TimeSpan clock = default, NotifySeen? seen = null)
    {
        var checks = await HealthChecker.RunAsync(Subject(peers, key, ours, seen), new ShiftedTime(clock), Cancellation);
        return checks.GroupBy(check => check.Check).ToDictionary(group => group.Key, group => group.First());
    }

    private static ZoneSubject Subject(Peer[] peers, TsigKey? key, uint ours, NotifySeen? seen)
    {
        var zone = new ManagedZone(1, SampleZone.Name, 1, true, false, null, "");
        return new(
            zone, Settings(peers, key) with { Zones = [zone] },
            new ZoneStatus(1, ZoneState.UpToDate) { PrimarySerial = ours, Notifies = seen is null ? [] : [seen], LastNotify = seen?.Time }, null);
    }

    private static ServiceSettings Settings(Peer[] peers, TsigKey? key) => new()
    {
        CommonSettings = ImmutableDictionary<long, CommonSetting>.Empty.Add(1, new(1, CommonSetting.DefaultName, true, "")),
        TsigKeys = key is null ? ImmutableDictionary<long, TsigKeySetting>.Empty : ImmutableDictionary<long, TsigKeySetting>.Empty.Add(1, new(1, key, "")),
        Primaries =
        [
            .. peers.Select((peer, i) => new PrimaryNameServer(
                i + 1, $"{peer.Kind}", 1, peer.EndPoint.Address, peer.EndPoint.Port, key is null ? null : 1, i, true)),
        ],
    };
}
