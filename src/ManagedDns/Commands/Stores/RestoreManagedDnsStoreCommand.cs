using System.Management.Automation;
using ManagedDns.Output;
using ManagedDns.Settings;
using ManagedDns.Store;

namespace ManagedDns.Commands;

/// <summary>
/// Puts a backup in the place of the store. The backup is looked through first; a store that is there is replaced only with -Force, and not while a
/// server runs.
/// </summary>
/// <example>
/// <code>Restore-ManagedDnsStore ./saved -Force</code>
/// Replaces the store by the backup.
/// </example>
[Cmdlet(VerbsData.Restore, "ManagedDnsStore", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(SecondaryServerInfo))]
public sealed class RestoreManagedDnsStoreCommand : ManagedDnsCmdlet
{
    /// <summary>The backup's folder.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "PSPath")]
    public string Path { get; set; } = "";

    /// <summary>Replaces a store that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes the restored store's server to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        var backup = PathOf(Path);
        if (!ShouldProcess(StoreFolderPath, $"Restore of '{backup}'"))
        {
            return;
        }

        StoreBackup.Restore(backup, StoreFolderPath, Force);
        if (PassThru)
        {
            WriteObject(ServerView.Show(Store));
        }
    }
}
