using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Model;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Lets a network transfer a common setting's zones from us; with a key, only when it signs with that.</summary>
/// <example>
/// <code>Add-ZoneTransferAcl 203.0.113.0/24 -TsigKey transfer.example.com</code>
/// Lets that network transfer the zones of the default common setting from us, if it signs with the key.
/// </example>
[Cmdlet(VerbsCommon.Add, "ZoneTransferAcl", SupportsShouldProcess = true)]
[OutputType(typeof(ZoneTransferAclInfo))]
public sealed class AddZoneTransferAclCommand : CommonSettingPartCmdlet
{
    /// <summary>In CIDR form, or one address.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public string Network { get; set; } = "";

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(TsigKeyCompleter))]
    public string? TsigKey { get; set; }

    /// <summary>Permits the transfer over TLS 1.3 with ALPN dot only (RFC 9103). Set-SecondaryServer -TlsPort opens the port for it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter RequireTls { get; set; }

    /// <summary>
    /// The pin of the client's key (SHA-256 of its SubjectPublicKeyInfo in base64): the client must show a certificate with it. Implies -RequireTls.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [AllowNull]
    public string? ClientPin { get; set; }

    /// <summary>Writes the new rule to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        var network = Names.ParseNetwork(Network);
        var setting = CommonSettingNamed(CommonSetting);
        var key = KeyId(TsigKey);
        var pin = string.IsNullOrEmpty(ClientPin) ? null : ClientPin;
        var requireTls = RequireTls.IsPresent || pin is not null;
        if (ShouldProcess($"{network}{(key is null ? "" : $" with key '{TsigKey}'")}{(requireTls ? " over TLS" : "")}, {Describe(setting)}", "Permit transfer"))
        {
            ZoneTransferAcl? added = null;
            Enqueue(
                Network, () => added = Store.ZoneTransferAcls.Add(setting.Id, network, key, requireTls, pin),
                PassThru ? view => view.Show(added!) : null);
        }
    }
}
