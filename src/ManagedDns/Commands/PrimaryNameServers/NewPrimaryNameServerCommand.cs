using System.Management.Automation;
using System.Net;
using ManagedDns.Completers;
using ManagedDns.Model;
using ManagedDns.Output;

namespace ManagedDns.Commands;

/// <summary>Registers a primary, disabled. Try it with Test-ZoneTransfer, then enable it with Enable-PrimaryNameServer.</summary>
/// <example>
/// <code>New-PrimaryNameServer ns-second 192.0.2.54 -TsigKey transfer.example.com -Priority 10</code>
/// Registers a primary of the default common setting, disabled, to be tried after those of priority 0.
/// </example>
[Cmdlet(VerbsCommon.New, "PrimaryNameServer", SupportsShouldProcess = true)]
[OutputType(typeof(PrimaryNameServerInfo))]
public sealed class NewPrimaryNameServerCommand : ChangeCmdlet
{
    /// <summary>A name of your choice, unique in the store.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [NewName]
    public string Name { get; set; } = "";

    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Address]
    public IPAddress Address { get; set; } = IPAddress.None;

    /// <summary>Without it 53, or 853 where TLS is required.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 65535)]
    [Number]
    public int Port { get; set; }

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
    [Number]
    public int Priority { get; set; }

    /// <summary>
    /// Incremental asks for differences (IXFR) and takes the whole zone where they are no good; Whole asks for the whole zone each time.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public TransferMode TransferMode { get; set; }

    /// <summary>
    /// Requires TLS (RFC 9103): everything goes over it, and nothing to a primary that has not proved who it is by -TlsHostName, -TlsPin or both.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter Tls { get; set; }

    /// <summary>The name that the primary's certificate must carry. Requires TLS.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? TlsHostName { get; set; }

    /// <summary>SHA-256 of the primary's public key in base64; one of several must match. Alone it is enough. Requires TLS.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyCollection]
    public string[]? TlsPin { get; set; }

    /// <summary>A PEM file with the authorities that are trusted instead of the system's. Requires TLS.</summary>
    [Parameter]
    public string? TlsAuthorityPath { get; set; }

    protected override void ProcessItem()
    {
        var tls = TlsParameters.Change(null, PathOf, IsBound, IsBound(nameof(Tls)) ? Tls.IsPresent : null, TlsHostName, TlsPin, TlsAuthorityPath);
        var port = Port != 0 ? Port : tls is null ? 53 : 853;
        var (name, endPoint, priority, mode) = (Name, new IPEndPoint(Address, port), Priority, TransferMode);
        var setting = CommonSettingNamed(CommonSetting);
        var key = KeyId(TsigKey);
        RequireForeign(endPoint);
        if (ShouldProcess($"Primary name server '{name}' ({endPoint}), {Describe(setting)}", "New"))
        {
            Enqueue(
                name,
                () => Store.Primaries.Add(name, setting.Id, endPoint.Address, endPoint.Port, key, priority, tls, mode),
                view => view.Show(Store.Primaries.Get(name)));
        }
    }
}
