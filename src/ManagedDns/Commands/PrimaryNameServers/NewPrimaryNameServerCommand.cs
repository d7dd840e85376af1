using System.Management.Automation;
using System.Net;
using ManagedDns.Completers;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Registers a primary, disabled. Try it with Test-ZoneTransfer, then enable it with Enable-PrimaryNameServer.</summary>
[Cmdlet(VerbsCommon.New, "PrimaryNameServer", SupportsShouldProcess = true)]
[OutputType(typeof(PrimaryNameServerInfo))]
public sealed class NewPrimaryNameServerCommand : ChangeCmdlet
{
    /// <summary>A name of your choice, unique in the store.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    public string Name { get; set; } = "";

    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    public IPAddress Address { get; set; } = IPAddress.None;

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 65535)]
    public int Port { get; set; } = 53;

    /// <summary>Signs the queries and transfers, and verifies the answers.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(TsigKeyCompleter))]
    public string? TsigKey { get; set; }

    /// <summary>Without it: the default one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string? CommonSetting { get; set; }

    /// <summary>Lower is tried first.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public int Priority { get; set; }

    protected override void ProcessItem()
    {
        var (name, endPoint, priority) = (Name, new IPEndPoint(Address, Port), Priority);
        var setting = CommonSettingNamed(CommonSetting);
        var key = KeyId(TsigKey);
        RequireForeign(endPoint);
        if (ShouldProcess($"Primary name server '{name}' ({endPoint}), {Describe(setting)}", "New"))
        {
            Enqueue(
                name, () => Store.Primaries.Add(name, setting.Id, endPoint.Address, endPoint.Port, key, priority), view => view.Show(Store.Primaries.Get(name)));
        }
    }
}
