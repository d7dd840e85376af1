using System.Globalization;
using System.Management.Automation.Host;
using System.Net;
using System.Text;
using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Output;

/// <summary>
/// Lays sentences out behind a verdict, for the formats: PowerShell's own tables break them in the middle of words. Colours only where the
/// host can show them and nobody has asked for none (NO_COLOR, $PSStyle.OutputRendering).
/// </summary>
public static class Layout
{
    private const int VerdictWidth = 14;
    private const int CheckWidth = 16;

    // The values of $PSStyle.OutputRendering that say something else than: as the host can.
    private const string PlainText = "PlainText";
    private const string Ansi = "Ansi";

    private const int DnsPort = 53;
    private const int Narrowest = 60;
    private const int Widest = 120;

    /// <summary>A health check: verdict, check, sentence and remedy.</summary>
    public static string Show(HealthCheckResult check, PSHost host, string rendering)
    {
        ArgumentNullException.ThrowIfNull(check);
        var subject = check.PrimaryNameServer;
        var text = subject is null ? check.Message : $"{subject}: {check.Message}";
        var remedy = check.Result is HealthCheckOutcome.Failed or HealthCheckOutcome.Warning ? check.Remedy : null;
        return Line(check.Result.ToString(), Colour(check.Result), check.Check, WithReason(text, check.Reason), remedy, host, rendering);
    }

    /// <summary>What a scheduled check found for a time: verdict, check, the time in UTC, sentence and remedy.</summary>
    public static string Show(HealthPeriodInfo period, PSHost host, string rendering)
    {
        ArgumentNullException.ThrowIfNull(period);
        var subject = period.PrimaryNameServer is null ? "" : $"{period.PrimaryNameServer}: ";
        var text = string.Create(CultureInfo.InvariantCulture, $"{period.Since:u} to {period.Until:u}: {subject}{period.Message}");
        var remedy = period.Result is HealthCheckOutcome.Failed or HealthCheckOutcome.Warning ? period.Remedy : null;
        return Line(period.Result.ToString(), Colour(period.Result), period.Check, WithReason(text, period.Reason), remedy, host, rendering);
    }

    /// <summary>A DS record at a server of the parent: verdict, key tag, server and sentence.</summary>
    public static string Show(DsRecordTestResult test, PSHost host, string rendering)
    {
        ArgumentNullException.ThrowIfNull(test);
        var colour = Colour(test.Verdict == DsVerdict.Matches ? HealthCheckOutcome.Passed
            : test.Verdict == DsVerdict.NoAnswer ? HealthCheckOutcome.Warning : HealthCheckOutcome.Failed);
        var key = test.KeyTag is { } tag ? string.Create(CultureInfo.InvariantCulture, $"{tag}") : "";
        return Line(test.Verdict.ToString(), colour, key, WithReason($"{test.Server}: {test.Message}", test.Reason), test.Remedy, host, rendering);
    }

    /// <summary>A transfer tried: verdict, zone, and what came of it.</summary>
    public static string Show(ZoneTransferTestResult test, PSHost host, string rendering)
    {
        ArgumentNullException.ThrowIfNull(test);
        var outcome = test.Success ? HealthCheckOutcome.Passed : HealthCheckOutcome.Failed;
        var text = test.Success
            ? string.Create(
                CultureInfo.InvariantCulture, $"serial {test.Serial}, {test.Records} records in {test.Bytes} octets, {test.Duration.TotalSeconds:0.00} s")
            : WithReason(test.Message ?? "", test.Reason);
        return Line(
            outcome.ToString(), Colour(outcome), test.PrimaryNameServer, $"{test.Zone}: {text}", test.Success ? null : test.Remedy, host, rendering);
    }

    /// <summary>A zone's state: green where it is as it should be, yellow where something failed, red where nothing is served.</summary>
    public static string Show(ZoneState? state, FailureReason reason, PSHost host, string rendering)
    {
        ArgumentNullException.ThrowIfNull(host);
        var outcome = state switch
        {
            ZoneState.Expired or ZoneState.Failed or ZoneState.SerialRegressed => HealthCheckOutcome.Failed,
            null or ZoneState.Disabled => HealthCheckOutcome.NotApplicable,
            _ => reason == FailureReason.None ? HealthCheckOutcome.Passed : HealthCheckOutcome.Warning,
        };
        return Painted($"{state}", Colour(outcome), host, rendering);
    }

    /// <summary>How long until a moment, as <c>02:59:10</c> or <c>6d 23h</c>; nothing for none.</summary>
    public static string Until(DateTime? moment) =>
        moment is not { } at ? "" : at - DateTime.UtcNow is var left && left < TimeSpan.Zero ? "now" : Span(left);

    /// <summary>A span of time, as <c>02:59:10</c>, <c>6d 23h</c> or <c>14d</c>.</summary>
    public static string Span(TimeSpan span) =>
        span.Days == 0 ? span.ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture)
        : span.Hours == 0 ? string.Create(CultureInfo.InvariantCulture, $"{span.Days}d")
        : string.Create(CultureInfo.InvariantCulture, $"{span.Days}d {span.Hours}h");

    /// <summary>The serial served; below it, in brackets, the primary's, where that is another one.</summary>
    public static string Serials(uint? published, uint? primary) =>
        primary is null || primary == published ? $"{published}" : $"{published}\n({primary})";

    /// <summary>
    /// A text for the last column of a table, with its lines broken between words.
    /// </summary>
    /// <param name="taken">What the other columns and the gaps take.</param>
    public static string Fit(string? text, int taken, PSHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        var width = Width(host) - taken - 1;
        if (text is null || text.Length <= width || width < CheckWidth)
        {
            return text ?? "";
        }

        var lines = new StringBuilder();
        Wrap(lines, text, 0, width);
        return lines.ToString();
    }

    /// <summary>Where a name server is reached; the port of DNS goes without saying.</summary>
    public static string EndPoint(IPAddress address, int port) => port == DnsPort ? $"{address}" : $"{new IPEndPoint(address, port)}";

    /// <summary>Where a zone comes from.</summary>
    public static string Origin(ManagedZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        return zone.ZoneFile is not null ? "master file"
            : (zone.HiddenPrimary ? "hidden primary" : "primaries") + (zone.ProxyEnabled ? "" : ", off");
    }

    private static string Line(string verdict, string colour, string check, string text, string? remedy, PSHost host, string rendering)
    {
        ArgumentNullException.ThrowIfNull(host);
        const int Indent = VerdictWidth + CheckWidth;
        var width = Math.Clamp(Width(host), Narrowest, Widest) - Indent - 1;
        var padded = verdict.PadRight(VerdictWidth - 1) + " ";
        var line = new StringBuilder(Painted(padded, colour, host, rendering)).Append(check.PadRight(CheckWidth - 1)).Append(' ');
        Wrap(line, text, Indent, width);
        if (!string.IsNullOrEmpty(remedy))
        {
            line.Append('\n').Append(' ', Indent);
            Wrap(line, $"-> {remedy}", Indent, width);
        }

        return line.ToString();
    }

    private static string Painted(string text, string colour, PSHost host, string rendering) =>
        HasColours(host, rendering) && text.Length > 0 ? $"\e[{colour}m{text}\e[0m" : text;

    private static void Wrap(StringBuilder line, string text, int indent, int width)
    {
        var used = 0;
        foreach (var word in text.Split(' '))
        {
            if (used > 0 && used + 1 + word.Length > width)
            {
                line.Append('\n').Append(' ', indent);
                used = 0;
            }

            if (used > 0)
            {
                line.Append(' ');
                used++;
            }

            line.Append(word);
            used += word.Length;
        }
    }

    private static string WithReason(string text, FailureReason reason) => reason == FailureReason.None ? text : $"{text} ({reason})";

    private static string Colour(HealthCheckOutcome outcome) => outcome switch
    {
        HealthCheckOutcome.Failed => "31",
        HealthCheckOutcome.Warning => "33",
        HealthCheckOutcome.Passed => "32",
        _ => "90",
    };

    // A host without a screen (a job, a remote session) has no width, and says so by throwing;
    // NotImplementedException is what the contract of PSHostUserInterface names for it.
    private static int Width(PSHost host)
    {
        try
        {
            return host.UI?.RawUI?.BufferSize.Width ?? Widest;
        }
        catch (Exception e) when (e is HostException or NotImplementedException or NotSupportedException or IOException)
        {
            return Widest;
        }
    }

    // PowerShell takes colours out again where output goes to a file or a pipe, unless $PSStyle.OutputRendering is Ansi.
    private static bool HasColours(PSHost host, string rendering) =>
        rendering != PlainText && (host.UI?.SupportsVirtualTerminal == true || rendering == Ansi) && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
}
