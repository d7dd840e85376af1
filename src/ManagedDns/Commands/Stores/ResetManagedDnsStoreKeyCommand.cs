using System.Management.Automation;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>
/// Makes a store usable again whose key (the file store.key) is lost and in no backup. The store gets another key; secrets that the lost one
/// sealed can be opened by nobody and are forgotten: TSIG keys stay where they are used, with a random secret, until they are given the right
/// one. Secrets that can be opened stay.
/// </summary>
/// <example>
/// <code>Reset-ManagedDnsStoreKey -Confirm:$false</code>
/// Forgets what cannot be opened, and tells for each secret how to have it again. Where all can be opened, nothing happens.
/// </example>
[Cmdlet(VerbsCommon.Reset, "ManagedDnsStoreKey", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(LostSecretInfo))]
public sealed class ResetManagedDnsStoreKeyCommand : ManagedDnsCmdlet
{
    protected override void ProcessItem()
    {
        if (ShouldProcess($"Key and sealed secrets of '{StoreFolderPath}'", "Reset"))
        {
            foreach (var lost in Store.ResetKey())
            {
                WriteObject(LostSecretInfo.Of(lost));
            }
        }
    }
}
