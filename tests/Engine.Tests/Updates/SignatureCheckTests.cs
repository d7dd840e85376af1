using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Engine.Signing;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Tests.Signing;
using ManagedDns.Engine.Updates.Checks;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Updates;

/// <summary>Zones that come signed: by whom, how long, and what the common setting makes of it.</summary>
public sealed class SignatureCheckTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Each fault of a zone, and what the check that sees it says.</summary>
    public static TheoryData<string, string> Faults => new()
    {
        { "sound", "" },
        { "ends before SOA EXPIRE", "before SOA EXPIRE" },
        { "has ended", "has ended" },
        { "changed behind its signature", "www.example.org. A has no valid signature" },
        { "not signed everywhere", "www.example.org. A has no signature" },
        { "signed with another key", "has no valid signature" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void What_is_wrong_with_the_signatures_rejects_warns_or_is_not_looked_for(string fault, string told)
    {
        ArgumentNullException.ThrowIfNull(told);
        using var zone = Signed(fault);

        foreach (var action in Enum.GetValues<CheckAction>())
        {
            var verdict = new ContentChecks(
                zone, null, null, ContentCheckSettings.Default with { SignatureLifetime = action, Signatures = action }, s_now).Run();
            var seen = told.Length > 0;
            Assert.Equal(seen && action == CheckAction.Reject, verdict.Rejection is not null);
            Assert.Equal(seen && action == CheckAction.Warn, !verdict.Warnings.IsEmpty);
            if (verdict.Rejection is { } rejection)
            {
                Assert.Equal(FailureReason.RejectedContent, rejection.Reason);
                Assert.Contains(told, rejection.Message, StringComparison.Ordinal);
            }

            Assert.All(verdict.Warnings.Take(1), warning => Assert.Contains(told, warning, StringComparison.Ordinal));
        }
    }

    private static ZoneContents Signed(string fault)
    {
        var plan = TestKeys.Csk() with { Jitter = TimeSpan.Zero };
        var signed = s_now;
        if (fault == "ends before SOA EXPIRE")
        {
            plan = plan with { Validity = TimeSpan.FromHours(12) };
        }
        else if (fault == "has ended")
        {
            signed = s_now - TimeSpan.FromDays(30);
        }
        else if (fault == "signed with another key")
        {
            plan = plan with { ZoneSigners = [TestKeys.Key(number: 1)] };
        }

        using var received = TestZone.Build(TestZone.Text(1));
        var zone = ZoneSigner.Sign(plan, received, null, null, 1, signed, signed, 1, TestContext.Current.CancellationToken).Contents;
        Func<string, string?>? change = fault switch
        {
            "changed behind its signature" => line => line.Replace("192.0.2.80", "192.0.2.81", StringComparison.Ordinal),
            "not signed everywhere" => line => line.StartsWith("www", StringComparison.Ordinal) && line.Contains("RRSIG\tA ", StringComparison.Ordinal) ? null : line,
            _ => null,
        };
        if (change is null)
        {
            return zone;
        }

        using (zone)
        {
            return TestZone.Build(string.Join('\n', Lines(zone).Select(change).Where(line => line is not null)) + "\n");
        }
    }

    private static IEnumerable<string> Lines(ZoneContents zone) => Zones.ZoneFiles.Walk(zone).Select(record => RecordText.Format(record.AsWire()));
}
