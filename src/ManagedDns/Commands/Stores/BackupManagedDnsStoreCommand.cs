using System.Management.Automation;
using ManagedDns.Store;

namespace ManagedDns.Commands;

/// <summary>
/// Copies the store as of one moment, while the server runs and cmdlets write: settings, the key that seals its secrets, and zone contents where
/// asked for.
/// Whoever has the backup has the secrets, unless the key is left out.
/// </summary>
/// <example>
/// <code>Backup-ManagedDnsStore ./backup</code>
/// Copies settings and key; zones are transferred again after a restore.
/// </example>
/// <example>
/// <code>Backup-ManagedDnsStore ./backup-for-others -IncludeContents -ExcludeKey</code>
/// Copies the zones too, and leaves the key out: such a backup tells no secret, and needs the key from elsewhere when it is restored.
/// </example>
[Cmdlet(VerbsData.Backup, "ManagedDnsStore", SupportsShouldProcess = true)]
[OutputType(typeof(DirectoryInfo))]
public sealed class BackupManagedDnsStoreCommand : ManagedDnsCmdlet
{
    /// <summary>The folder to make.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public string Path { get; set; } = "";

    /// <summary>Zone contents too, so that a restored store serves before any primary answers.</summary>
    [Parameter]
    public SwitchParameter IncludeContents { get; set; }

    /// <summary>Leaves out the key that seals secrets.</summary>
    [Parameter]
    public SwitchParameter ExcludeKey { get; set; }

    protected override void ProcessItem()
    {
        var target = PathOf(Path);
        if (ShouldProcess(target, $"Backup of '{StoreFolderPath}'"))
        {
            StoreBackup.Write(StoreFolderPath, target, IncludeContents, !ExcludeKey);
            WriteObject(new DirectoryInfo(target));
        }
    }
}
