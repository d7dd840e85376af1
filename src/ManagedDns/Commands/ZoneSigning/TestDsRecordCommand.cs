using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Health;
using ManagedDns.Model;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>
/// Holds the DS records that every name server of the parent has against the keys of the zone: one object for each server and record, and one for each record
/// that is missing there. The parent's servers are those that are watched (Enable-ZoneSigning -ParentServer), or are found by looking them up.
/// </summary>
/// <example>
/// <code>New-ManagedZone signed.example -HiddenPrimary | Enable-ZoneSigning -PassThru | Test-DsRecord -ParentServer 192.0.2.1</code>
/// Asks one server of the parent; without -ParentServer all that are found from the root.
/// </example>
/// <example>
/// <code>Get-ZoneSigning | Test-DsRecord -Quiet</code>
/// Tells for each signed zone whether every server of its parent has the right DS records and no others.
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "DsRecord")]
[OutputType(typeof(DsRecordTestResult))]
[OutputType(typeof(bool))]
public sealed class TestDsRecordCommand : ParentLookupCmdlet
{
    private readonly HashSet<DomainName> _seen = [];

    /// <summary>The names of managed zones, signed here or by their primaries; a zone that comes again is tested once.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The parent's name servers to ask, as address or address:port, instead of all that it has.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string[]? ParentServer { get; set; }

    /// <summary>Only whether all servers have all that they should, and nothing else.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    protected override void ProcessItem()
    {
        foreach (var text in Name)
        {
            Try(text, () =>
            {
                var zone = Store.Zones.Get(Names.Parse(text));
                if (_seen.Add(zone.Name))
                {
                    Test(zone);
                }
            });
        }
    }

    private void Test(ManagedZone zone)
    {
        var setting = Store.ZoneSignings.Find(zone.Id);
        var judge = MakeJudge(zone, setting);
        var resolver = MakeResolver();
        IReadOnlyList<ZoneServer> servers = ParentServer is { Length: > 0 } given ? [.. given.Select(server => new ZoneServer(Names.EndPoint(server), null))]
            : setting is { ParentServers.IsEmpty: false } ? [.. setting.ParentServers.Select(server => new ZoneServer(server, null))]
            : Await(cancellation => resolver.FindParentServersAsync(zone.Name, cancellation)).Servers;
        var answers = Await(cancellation => Task.WhenAll(servers.Select(server => AskAsync(server, zone.Name, judge, resolver, cancellation))));
        var results = answers.SelectMany(answer => answer).ToList();
        if (Quiet)
        {
            WriteObject(results.TrueForAll(result => result.Verdict == DsVerdict.Matches));
        }
        else
        {
            WriteObject(results, enumerateCollection: true);
        }
    }

    private DsJudge MakeJudge(ManagedZone zone, ZoneSigning? setting)
    {
        if (setting is not null)
        {
            var keys = Store.ZoneKeys.Public(zone.Id);
            return new(zone.Name, SigningView.ForParent(keys, setting), [.. keys.Select(key => key.Public), .. setting.ForeignKeys]);
        }

        var server = OwnAnswers.Remote(RunningServer.Find(Store)) ?? throw new DnsFailureException(new(
            FailureReason.NotLoaded, null, $"{zone.Name.ToDisplayString()} is not signed here, and no server runs that could show its keys.",
            "Start it: Start-SecondaryServer."));
        var shown = Await(cancellation => DelegationKeys.KeysAsync(server, zone.Name, cancellation));
        return new(zone.Name, [], shown) { TakesAnyKey = true };
    }

    private static async Task<IReadOnlyList<DsRecordTestResult>> AskAsync(
        ZoneServer server, DomainName zone, DsJudge judge, Lookup.Resolver resolver, CancellationToken cancellation)
    {
        try
        {
            var answer = await resolver.AskAsync(server.EndPoint, zone, RecordType.DS, cancellation).ConfigureAwait(false);
            var records = answer.Records(RecordType.DS).Where(record => record.Owner == zone).Select(record => record.Rdata).ToList();
            var isParents = records.Count > 0 || answer.Authorities.Any(record => record.Type == RecordType.SOA && record.Owner != zone);
            return answer is { IsAuthoritative: true, ResponseCode: ResponseCode.NoError or ResponseCode.NXDomain } && isParents
                ? [.. judge.Judge(server, records)]
                : [judge.NoAnswer(server, new(
                    FailureReason.NotAuthoritative, server.EndPoint,
                    $"{server} does not answer for the parent of {zone.ToDisplayString()} with authority ({answer.ResponseCode}).",
                    "Have the parent zone served there, or the server taken out of its NS records."))];
        }
        catch (DnsFailureException e)
        {
            return [judge.NoAnswer(server, e.Failure)];
        }
    }
}
