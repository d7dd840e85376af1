using System.Collections.Immutable;
using System.Management.Automation;
using System.Net;
using ManagedDns.Completers;
using ManagedDns.KeyFiles;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Has zones of hidden primaries signed. The server makes the keys, signs, and asks for the DS by CDS; a DS that the registrar has to be told of is what
/// Get-DsRecord prints once Get-ZoneSigning waits for it. Called again it changes the policy or the parent's servers.
/// </summary>
/// <example>
/// <code>New-ManagedZone signed.example -HiddenPrimary | Enable-ZoneSigning -ParentServer 192.0.2.1, 192.0.2.2</code>
/// Has the zone signed by the default policy; its DS is watched at these two name servers of the parent, whatever others there are.
/// </example>
/// <example>
/// <code>New-ManagedZone shared.example -HiddenPrimary | Enable-ZoneSigning -ForeignKey '257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA=='</code>
/// Has a zone signed that another provider signs too: its key is published beside ours.
/// </example>
/// <example>
/// <code>New-ManagedZone sub.example.com -HiddenPrimary | Enable-ZoneSigning -ParentPrimary 192.0.2.53 -ParentTsigKey transfer.example.com</code>
/// Has a subdomain signed whose parent zone is one's own: its DS is put there, replaced and removed by updates that the key signs.
/// </example>
[Cmdlet(VerbsLifecycle.Enable, "ZoneSigning", SupportsShouldProcess = true)]
[OutputType(typeof(ZoneSigningInfo))]
public sealed class EnableZoneSigningCommand : ChangeCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>How it is signed. Without it: as before, or by the policy named Default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SigningPolicyCompleter))]
    public string? SigningPolicy { get; set; }

    /// <summary>
    /// All name servers of the parent zone, as address or address:port, whose DS is watched. Without it they are found by looking them up
    /// (Set-SecondaryServer -RootHint, -Resolver); an empty list goes back to that.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string[]? ParentServer { get; set; }

    /// <summary>
    /// Signs a zone that comes signed from its primary too: the DNSKEYs, signatures and denials that come are left out, and the zone is signed with keys
    /// made here. Without it such a zone is served as it comes.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Flag]
    public SwitchParameter StripSignatures { get; set; }

    /// <summary>
    /// The primary name server of a parent zone of one's own, as address or address:port: the DS is put there by updates (RFC 2136), so that nobody need carry
    /// it. It has to permit updates of the zone's DS with the key. An empty text ends that.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public string? ParentPrimary { get; set; }

    /// <summary>Signs the updates of the parent. Without it: as before.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(TsigKeyCompleter))]
    public string? ParentTsigKey { get; set; }

    /// <summary>
    /// All DNSKEYs of those who sign the same zone too, each with keys of their own (RFC 8901, model 2), as records in presentation format or what follows
    /// DNSKEY in them: they are published beside ours, and the parent is asked for the DS of all of us. Ours among them are passed over. An empty list ends that.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyCollection]
    public string[]? ForeignKey { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        ImmutableArray<IPEndPoint>? servers = ParentServer is null ? null : [.. ParentServer.Select(Names.EndPoint)];
        foreach (var text in Name)
        {
            Try(text, () => Enable(text, servers));
        }
    }

    private void Enable(string text, ImmutableArray<IPEndPoint>? servers)
    {
        var zone = Store.Zones.Get(Names.Parse(text));
        var name = zone.Name.ToDisplayString();
        var before = Store.ZoneSignings.Find(zone.Id);
        var policy = string.IsNullOrEmpty(SigningPolicy)
            ? before?.Policy ?? Store.SigningPolicies.Get(Model.SigningPolicy.DefaultName)
            : Store.SigningPolicies.Get(SigningPolicy);
        var strips = IsBound(nameof(StripSignatures)) ? (bool)StripSignatures : before?.StripsSignatures ?? false;
        var parents = servers ?? before?.ParentServers ?? [];
        var parentPrimary = ParentPrimaryOf(name, before);
        var foreign = ForeignKey?.Select(key => DnsKeyText.Read(key, zone.Name)).ToList();
        if (!ShouldProcess($"Signing of '{name}' by policy '{policy.Name}'", "Enable"))
        {
            return;
        }

        Enqueue(
            text,
            () => Store.ZoneSignings.Put(zone, policy.Id, parents, strips, parentPrimary, foreign),
            PassThru ? view => SigningView.Show(view, zone, Store.ZoneSignings.Find(zone.Id), null) : null);
    }

    private Model.ParentPrimary? ParentPrimaryOf(string zone, Model.ZoneSigning? before)
    {
        var endPoint = ParentPrimary switch
        {
            null => before?.ParentPrimary?.EndPoint,
            "" => null,
            var text => Names.EndPoint(text),
        };
        var key = KeyId(ParentTsigKey) ?? before?.ParentPrimary?.TsigKeyId;
        return endPoint is null && string.IsNullOrEmpty(ParentTsigKey) ? null
            : endPoint is not null && key is { } id ? new(endPoint, id)
            : throw Names.Invalid(
                zone, $"The DS of '{zone}' can be put in its parent only with both: the parent's primary name server, and the key that signs.",
                "Give -ParentPrimary and -ParentTsigKey (New-TsigKey makes one).");
    }
}
