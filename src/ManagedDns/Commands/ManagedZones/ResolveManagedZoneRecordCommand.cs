using System.Management.Automation;
using System.Net;
using ManagedDns.Completers;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Wire;
using ManagedDns.Health;
using ManagedDns.Output;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Asks the running server a question over the network, as the world does, and shows its answer.</summary>
/// <example>
/// <code>Resolve-ManagedZoneRecord www.example.com -Type AAAA -Tcp</code>
/// Asks our own server as the world does.
/// </example>
[Cmdlet(VerbsDiagnostic.Resolve, "ManagedZoneRecord")]
[OutputType(typeof(ZoneAnswerInfo))]
public sealed class ResolveManagedZoneRecordCommand : ManagedDnsCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Owner")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string Name { get; set; } = "";

    /// <summary>The type asked for, as <c>MX</c> or <c>TYPE65280</c>.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RecordTypeCompleter))]
    public string Type { get; set; } = "A";

    /// <summary>Asks over TCP.</summary>
    [Parameter]
    public SwitchParameter Tcp { get; set; }

    protected override void ProcessItem()
    {
        var name = Names.Parse(Name);
        var type = Names.ParseType(Type);
        var server = OwnAnswers.Remote(RunningServer.Find(Store)) ?? throw new ServerException(
            "NotRunning", ErrorCategory.ResourceUnavailable, "No server runs on this store that could answer.", "Start-SecondaryServer starts it.");
        var options = new QueryOptions { Transport = Tcp ? DnsTransport.Tcp : null };
        var response = Await(cancellation => new DnsClient(TimeProvider.System).QueryAsync(server, name, type, options, cancellation));
        WriteObject(Show(name, type, server.EndPoint, response));
    }

    private static ZoneAnswerInfo Show(DomainName name, RecordType type, IPEndPoint server, DnsResponse response)
    {
        var sections = new Dictionary<MessageSection, List<string>>
        {
            [MessageSection.Answer] = [],
            [MessageSection.Authority] = [],
            [MessageSection.Additional] = [],
        };
        var reader = new MessageReader(response.Message.Span, stackalloc byte[MessageReader.ScratchLength]);
        while (reader.TryReadRecord(out var record))
        {
            if (record.Type is not (RecordType.OPT or RecordType.TSIG))
            {
                sections[reader.Section].Add(RecordText.Format(record));
            }
        }

        return new ZoneAnswerInfo
        {
            Name = name.ToDisplayString(),
            Type = RecordTypeNames.Format(type),
            Server = server.ToString(),
            Transport = response.Transport.ToString(),
            ResponseCode = response.Code,
            Authoritative = reader.Header.IsAuthoritative,
            Answer = [.. sections[MessageSection.Answer]],
            Authority = [.. sections[MessageSection.Authority]],
            Additional = [.. sections[MessageSection.Additional]],
            RoundTrip = response.RoundTrip,
        };
    }
}
