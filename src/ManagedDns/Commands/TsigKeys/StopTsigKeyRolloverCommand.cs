using System.Management.Automation;
using ManagedDns.Model;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>
/// Gives up the rollover of a TSIG key: the new one is forgotten and the old one stays. A peer that has changed already is an error.
/// </summary>
/// <example>
/// <code>Stop-TsigKeyRollover old.example.com</code>
/// Forgets the key that was to take its place.
/// </example>
[Cmdlet(VerbsLifecycle.Stop, "TsigKeyRollover", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(TsigKeyInfo))]
public sealed class StopTsigKeyRolloverCommand : EndTsigKeyRolloverCmdlet
{
    private protected override bool Replaces => false;

    private protected override string Remedy => "Give these the old key back first (Export-TsigKey), or pass them over with -Force.";

    private protected override string Deed(TsigKeySetting key) => $"Forget the successor '{key.Key.Successor!.Name.ToDisplayString()}'";

    private protected override IEnumerable<TsigKeyUseInfo> ShutOut(IReadOnlyList<TsigKeyUseInfo> uses) =>
        uses.Where(use => use.LastRole == TsigKeyRole.Successor);
}
