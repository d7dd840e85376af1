using System.Collections.Immutable;
using ManagedDns.Dns;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Updates.Checks;

/// <summary>What the checks say of a version.</summary>
/// <param name="Rejection">Why it must not be published; null: it may.</param>
/// <param name="Warnings">What was found and does not keep it from being published, a sentence each.</param>
internal sealed record ContentVerdict(Failure? Rejection, ImmutableArray<string> Warnings);

/// <summary>
/// The checks that a version must pass before it is published, as its common setting says. Class, names outside the zone and the number of SOA records are
/// judged while it is built; here what needs the whole zone.
/// </summary>
/// <param name="Before">The version served so far; null where there is none.</param>
/// <param name="Changed">The owners that may differ from it, so that the cost follows the change; null: all.</param>
internal sealed record ContentChecks(
    ZoneContents Zone, ZoneContents? Before, IReadOnlyCollection<DomainName>? Changed, ContentCheckSettings Settings, DateTimeOffset Now)
{
    // A zone of a few records may lose most of them in a day's work.
    private const int LeastRecords = 100;

    /// <summary>Makes the cheap checks first, and ends with the first finding that rejects.</summary>
    public ContentVerdict Run()
    {
        var records = new RecordChecks(Zone, Changed, Settings);
        var warnings = ImmutableArray.CreateBuilder<string>();
        (CheckAction Action, Func<string?> Check)[] checks =
        [
            (Settings.ApexNameServers, CheckApex),
            (Settings.RecordLoss, CheckLoss),
            (Settings.ExclusiveRecords, () => records.Conflict),
            (Settings.RecordForm, () => records.Malformed),
            (Settings.NameServerAddresses, () => records.WithoutAddress),
            (Settings.SignatureLifetime, () => SignatureChecks.CheckLifetime(Zone, Now)),
            (Settings.ZoneDigest, () => ZoneDigestCheck.Check(Zone)),
            (Settings.Signatures, () => SignatureChecks.CheckValidity(Zone, Now)),
        ];
        foreach (var (action, check) in checks)
        {
            if (action == CheckAction.Off || check() is not { } finding)
            {
                continue;
            }

            if (action == CheckAction.Reject)
            {
                return new(Rejected(finding), []);
            }

            warnings.Add(finding);
        }

        return new(null, warnings.ToImmutable());
    }

    private string? CheckApex() =>
        Zone.Find(Zone.Apex, RecordType.NS).Count > 0 ? null : $"The zone {Zone.Apex.ToDisplayString()} has no NS record at its apex.";

    private string? CheckLoss()
    {
        if (Before is null || Before.RecordCount < LeastRecords || Zone.RecordCount >= Before.RecordCount * (100 - Settings.MaxLossPercent) / 100)
        {
            return null;
        }

        return $"Of {Before.RecordCount:N0} records {Zone.RecordCount:N0} are left, which is a loss of more than {Settings.MaxLossPercent} %.";
    }

    private Failure Rejected(string finding) => new(
        FailureReason.RejectedContent, null, finding,
        $"Correct the zone on the primary, raise the serial and notify. To publish this version as it is, once: Approve-ZoneVersion "
        + $"'{Zone.Apex.ToDisplayString()}'.");
}
