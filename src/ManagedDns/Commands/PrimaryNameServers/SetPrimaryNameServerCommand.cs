using System.Management.Automation;
using System.Net;
using ManagedDns.Completers;
using ManagedDns.Model;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Changes a primary. The server uses the change at once.</summary>
/// <example>
/// <code>Set-PrimaryNameServer ns-home -Address 192.0.2.55 -Priority 5</code>
/// Gives the primary another address and a later turn.
/// </example>
[Cmdlet(VerbsCommon.Set, "PrimaryNameServer", SupportsShouldProcess = true)]
[OutputType(typeof(PrimaryNameServerInfo))]
public sealed class SetPrimaryNameServerCommand : PrimaryChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PrimaryNameServerCompleter))]
    public string Name { get; set; } = "";

    [Parameter]
    public string? NewName { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Address(AllowsNull = true)]
    public IPAddress? Address { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 65535)]
    [Number]
    public int Port { get; set; }

    /// <summary>An empty name stands for no key.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [AllowNull]
    [ArgumentCompleter(typeof(TsigKeyCompleter))]
    public string? TsigKey { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(CommonSettingCompleter))]
    public string? CommonSetting { get; set; }

    /// <summary>Lower is tried first.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Number]
    public int Priority { get; set; }

    /// <summary>Whether zones are transferred from it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public bool Enabled { get; set; }

    /// <summary>
    /// Incremental asks for differences (IXFR) and takes the whole zone where they are no good; Whole asks for the whole zone each time.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public TransferMode TransferMode { get; set; }

    /// <summary>Requires TLS (RFC 9103), or with -Tls:$false no longer.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter Tls { get; set; }

    /// <summary>The name that the primary's certificate must carry; an empty one stands for none. Requires TLS.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [AllowNull]
    public string? TlsHostName { get; set; }

    /// <summary>SHA-256 of the primary's public key in base64; one of several must match. Requires TLS.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyCollection]
    public string[]? TlsPin { get; set; }

    /// <summary>
    /// A PEM file with the authorities that are trusted instead of the system's; an empty path stands for the system's. Requires TLS.
    /// </summary>
    [Parameter]
    [AllowEmptyString]
    public string? TlsAuthorityPath { get; set; }

    /// <summary>Writes the changed primary to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        var old = Store.Primaries.Get(Name);
        var setting = CommonSetting is null ? Store.CommonSettings.Find(old.CommonSettingId)! : CommonSettingNamed(CommonSetting);
        var changed = old with
        {
            Name = NewName ?? old.Name,
            Address = Address ?? old.Address,
            Port = IsBound(nameof(Port)) ? Port : old.Port,
            TsigKeyId = IsBound(nameof(TsigKey)) ? KeyId(TsigKey) : old.TsigKeyId,
            CommonSettingId = setting.Id,
            Priority = IsBound(nameof(Priority)) ? Priority : old.Priority,
            TransferMode = IsBound(nameof(TransferMode)) ? TransferMode : old.TransferMode,
            Enabled = IsBound(nameof(Enabled)) ? Enabled : old.Enabled,
            Tls = TlsParameters.Change(old.Tls, PathOf, IsBound, IsBound(nameof(Tls)) ? Tls.IsPresent : null, TlsHostName, TlsPin, TlsAuthorityPath),
        };
        RequireForeign(changed.EndPoint);
        var from = setting.Id == old.CommonSettingId ? "" : $", out of {Describe(Store.CommonSettings.Find(old.CommonSettingId)!)}";
        if (!ShouldProcess($"Primary name server '{old.Name}', {Describe(setting)}{from}", "Set"))
        {
            return;
        }

        if (changed.Enabled && !old.Enabled)
        {
            WarnUnlessItAnswers(changed);
        }

        Enqueue(
            old.Name, () => Store.Primaries.Update(old.Name, _ => changed), PassThru ? view => view.Show(Store.Primaries.Get(changed.Name)) : null);
    }
}
