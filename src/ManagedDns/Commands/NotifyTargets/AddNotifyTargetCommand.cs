using System.Management.Automation;
using System.Net;
using ManagedDns.Completers;
using ManagedDns.Model;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Has a server told by NOTIFY of new versions of a common setting's zones.</summary>
/// <example>
/// <code>Add-NotifyTarget 198.51.100.54 -TsigKey transfer.example.com</code>
/// Tells the further secondary at that address of each new version of every zone of the default common setting, signed.
/// </example>
[Cmdlet(VerbsCommon.Add, "NotifyTarget", SupportsShouldProcess = true)]
[OutputType(typeof(NotifyTargetInfo))]
public sealed class AddNotifyTargetCommand : CommonSettingPartCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Address]
    public IPAddress Address { get; set; } = IPAddress.None;

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 65535)]
    [Number]
    public int Port { get; set; } = 53;

    /// <summary>Signs the NOTIFY.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(TsigKeyCompleter))]
    public string? TsigKey { get; set; }

    /// <summary>Writes the new target to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        var endPoint = new IPEndPoint(Address, Port);
        var setting = CommonSettingNamed(CommonSetting);
        var key = KeyId(TsigKey);
        if (ShouldProcess($"{endPoint}{(key is null ? "" : $" with key '{TsigKey}'")}, {Describe(setting)}", "Add NOTIFY target"))
        {
            NotifyTarget? added = null;
            Enqueue(
                endPoint,
                () => added = Store.NotifyTargets.Add(setting.Id, endPoint.Address, endPoint.Port, key),
                PassThru ? view => view.Show(added!) : null);
        }
    }
}
