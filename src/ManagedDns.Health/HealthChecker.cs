using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Health;

/// <summary>
/// The health check: every primary of a zone is asked, and the zone's own state examined. Test-ZoneProxy runs it when asked, the server by schedule.
/// </summary>
public static class HealthChecker
{
    /// <summary>All checks: of each primary, of the primaries together, of the zone.</summary>
    public static async Task<IReadOnlyList<HealthCheck>> RunAsync(ZoneSubject subject, TimeProvider time, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var primaries = subject.Primaries;
        var checking = primaries.Select(primary => new PrimaryHealth(subject, primary, time).RunAsync(cancellation));
        var findings = await Task.WhenAll(checking).ConfigureAwait(false);
        return
        [
            .. findings.SelectMany(finding => finding.Checks),
            .. OfPrimaries(subject, findings),
            .. await new ZoneHealth(subject, time).RunAsync(cancellation).ConfigureAwait(false),
        ];
    }

    private static IReadOnlyList<HealthCheck> OfPrimaries(ZoneSubject subject, PrimaryFindings[] findings)
    {
        var list = new CheckList();
        if (findings.Length == 0 && subject.Zone.ZoneFile is null && !subject.IsMadeHere)
        {
            var setting = subject.Settings.CommonSettings[subject.Zone.CommonSettingId].Name;
            list.Failed(
                Checks.Enabled, $"The common setting '{setting}' has no primary.", "New-PrimaryNameServer registers one.", FailureReason.NoPrimary);
        }
        else if (findings.Length > 1)
        {
            CompareSerials([.. findings.Where(finding => finding.Serial is not null)], list);
        }

        return list.Checks;
    }

    private static void CompareSerials(PrimaryFindings[] findings, CheckList list)
    {
        var newest = findings.FirstOrDefault(one => findings.All(other => !((Serial)other.Serial!.Value).IsNewerThan(one.Serial!.Value)));
        PrimaryFindings[] behind = [.. findings.Where(one => one.Serial != newest?.Serial)];
        if (findings.Length < 2)
        {
            list.NotApplicable(Checks.SerialAgreement, "Fewer than two primaries gave a serial.");
        }
        else if (behind.Length == 0)
        {
            list.Passed(Checks.SerialAgreement, $"All {findings.Length} primaries that answer have serial {newest!.Serial}.");
        }
        else
        {
            var shown = string.Join(", ", findings.Select(finding => $"{finding.Primary.Name} {finding.Serial}"));
            list.Warning(
                Checks.SerialAgreement, $"The primaries do not agree: {shown}.",
                $"Look at the transfers between the primaries: {string.Join(", ", behind.Select(finding => finding.Primary.Name))} must catch up.",
                FailureReason.Mismatch);
        }
    }
}
