using System.Management.Automation;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Lets the old TSIG key go: the new one has its place, name and secret, wherever it is used. So long as a peer was last seen with the old one, or
/// one that we sign for was never seen with the new one, it is an error that names the peer.
/// </summary>
/// <example>
/// <code>Complete-TsigKeyRollover old.example.com</code>
/// Ends the overlap, if every peer has the new key.
/// </example>
[Cmdlet(VerbsLifecycle.Complete, "TsigKeyRollover", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(TsigKeyInfo))]
public sealed class CompleteTsigKeyRolloverCommand : EndTsigKeyRolloverCmdlet
{
    private protected override bool Replaces => true;

    private protected override string Remedy =>
        "Give these the new key (Export-TsigKey -Successor) and have them use it once (Test-ZoneTransfer, Start-ZoneTransfer); -Force ends it nevertheless.";

    private protected override string Deed(TsigKeySetting key) => $"Replace by '{key.Key.Successor!.Name.ToDisplayString()}'";

    private protected override IEnumerable<TsigKeyUseInfo> ShutOut(IReadOnlyList<TsigKeyUseInfo> uses) => KeyUses.NotMoved(uses);
}
