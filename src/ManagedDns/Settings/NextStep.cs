using System.Globalization;
using ManagedDns.Dns;
using ManagedDns.Model;
using ManagedDns.Output;

namespace ManagedDns.Settings;

/// <summary>What comes next for a zone, short enough for a table: what somebody has to do, else what happens by itself.</summary>
internal static class NextStep
{
    /// <summary>How far a transfer is, as <c>12,345 records, 2.1 MB have come</c>.</summary>
    public static string Coming(TransferSoFar transfer) =>
        string.Create(CultureInfo.InvariantCulture, $"{transfer.Records:N0} records, {transfer.Bytes / 1e6:N1} MB have come");

    public static string Of(ManagedZone zone, ZoneStatus? status, bool isRunning)
    {
        if (!isRunning)
        {
            return "Start-SecondaryServer";
        }

        if (zone.ZoneFile is null && !zone.ProxyEnabled)
        {
            return status?.State is null or ZoneState.Disabled ? "Enable-ZoneProxy" : "";
        }

        return status switch
        {
            { Transfer: { } transfer } => Coming(transfer),
            null => "the server takes it up",
            { State: ZoneState.SerialRegressed } => "Start-ZoneTransfer -AcceptSerial",
            { LastFailure.Reason: FailureReason.RejectedContent } => "Compare-ZoneVersion -Rejected",
            { LastFailure.Reason: FailureReason.NoPrimary } => "Enable-PrimaryNameServer",
            { LastFailure.Reason: FailureReason.ZoneFile } => "Start-ZoneTransfer, once mended",
            { LastFailure: { } failure } => $"Test-ZoneProxy ({failure.Reason})",
            { State: ZoneState.Probing } => "the primary's answer",
            { State: ZoneState.Transferring } => "the end of the transfer",
            { State: ZoneState.Checking } => "the end of the checks",
            { NextRefresh: { } next } => $"refresh in {Layout.Until(next.UtcDateTime)}",
            _ => "",
        };
    }
}
