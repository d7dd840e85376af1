using System.Management.Automation;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Model;

namespace ManagedDns.Commands;

/// <summary>What a signing policy can be given; what is not given stays as it is.</summary>
public abstract class SigningPolicyCmdlet : ChangeCmdlet
{
    /// <summary>The algorithm of the keys; another one than before begins a rollover.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public DnssecAlgorithm Algorithm { get; set; }

    /// <summary>A key for the keys and another for the zone, instead of one for both.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter SplitKeys { get; set; }

    /// <summary>How it is proven that something does not exist: NSEC, or NSEC3 without salt and iterations.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public DenialKind Denial { get; set; }

    /// <summary>Leave delegations without DS out of the NSEC3 chain.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter OptOut { get; set; }

    /// <summary>From signing to expiration.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Duration]
    public TimeSpan Validity { get; set; }

    /// <summary>Signatures are renewed when they have less than this left.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Duration]
    public TimeSpan RenewBefore { get; set; }

    /// <summary>Signatures made together end up to this much apart.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Duration]
    public TimeSpan Jitter { get; set; }

    /// <summary>The TTL of DNSKEY, CDS and CDNSKEY records.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Duration]
    public TimeSpan KeyTtl { get; set; }

    /// <summary>How long until all name servers of a zone have a new version.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Duration]
    public TimeSpan PropagationDelay { get; set; }

    /// <summary>How long a key for the zone is used; zero: until it is rolled by hand.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Duration]
    public TimeSpan ZskLifetime { get; set; }

    /// <summary>How long a key that the DS names is used; zero: until it is rolled by hand.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Duration]
    public TimeSpan KskLifetime { get; set; }

    /// <summary>How the published serial follows the primary's.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SerialPolicy SerialPolicy { get; set; }

    /// <summary>Publish a ZONEMD record.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter ZoneDigest { get; set; }

    /// <summary>
    /// Tell the parent of changed CDS by NOTIFY(CDS) where its DSYNC record says that it wants to be told (RFC 9859). A new policy does;
    /// -NotifyParent:$false
    /// leaves it to the parent to find them.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter NotifyParent { get; set; }

    /// <summary>The change that the parameters given make; it keeps their values, for it runs when the next item may be bound already.</summary>
    private protected Func<SigningPolicy, SigningPolicy> Change()
    {
        DnssecAlgorithm? algorithm = IsBound(nameof(Algorithm)) ? Algorithm : null;
        DenialKind? denial = IsBound(nameof(Denial)) ? Denial : null;
        SerialPolicy? serialPolicy = IsBound(nameof(SerialPolicy)) ? SerialPolicy : null;
        var (split, optOut, digest) = (Given(nameof(SplitKeys), SplitKeys), Given(nameof(OptOut), OptOut), Given(nameof(ZoneDigest), ZoneDigest));
        var notify = Given(nameof(NotifyParent), NotifyParent);
        var (validity, refresh, jitter) = (Given(nameof(Validity), Validity), Given(nameof(RenewBefore), RenewBefore), Given(nameof(Jitter), Jitter));
        var (keyTtl, propagation) = (Given(nameof(KeyTtl), KeyTtl), Given(nameof(PropagationDelay), PropagationDelay));
        var (zsk, ksk) = (Given(nameof(ZskLifetime), ZskLifetime), Given(nameof(KskLifetime), KskLifetime));
        return old => old with
        {
            Algorithm = algorithm ?? old.Algorithm,
            SplitKeys = split ?? old.SplitKeys,
            Denial = denial ?? old.Denial,
            OptOut = optOut ?? old.OptOut,
            Validity = validity ?? old.Validity,
            Refresh = refresh ?? old.Refresh,
            Jitter = jitter ?? old.Jitter,
            KeyTtl = keyTtl ?? old.KeyTtl,
            PropagationDelay = propagation ?? old.PropagationDelay,
            ZskLifetime = zsk ?? old.ZskLifetime,
            KskLifetime = ksk ?? old.KskLifetime,
            SerialPolicy = serialPolicy ?? old.SerialPolicy,
            ZoneDigest = digest ?? old.ZoneDigest,
            NotifyParent = notify ?? old.NotifyParent,
        };
    }

    private bool? Given(string parameter, SwitchParameter value) => IsBound(parameter) ? value : null;

    private TimeSpan? Given(string parameter, TimeSpan value) => IsBound(parameter) ? value : null;
}
