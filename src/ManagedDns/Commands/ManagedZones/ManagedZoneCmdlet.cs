using System.Management.Automation;
using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;

namespace ManagedDns.Commands;

/// <summary>What may be said of a zone when it is added and when it is changed.</summary>
public abstract class ManagedZoneCmdlet : ChangeCmdlet
{
    /// <summary>The primary answers nobody but us: the NS records list only managed name servers.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Flag]
    public SwitchParameter HiddenPrimary { get; set; }

    /// <summary>A master file that the zone comes from instead of a transfer; an empty name stands for a transfer.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [AllowNull]
    public string? ZoneFile { get; set; }

    /// <summary>A remark of your own.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [AllowNull]
    public string? Comment { get; set; }

    /// <summary>The absolute path of a master file that can be read as the zone; null where none is given.</summary>
    /// <exception cref="DnsFailureException">It cannot: the message gives file, line and reason.</exception>
    private protected string? MasterFile(string? path, DomainName zone)
    {
        if (string.IsNullOrEmpty(path))
        {
            return null;
        }

        var file = PathOf(path);
        try
        {
            using var reader = ZoneFileReader.Open(file, zone);
            while (reader.Read())
            {
                Cancellation.ThrowIfCancellationRequested();
            }

            return file;
        }
        catch (ZoneFileException e)
        {
            throw new DnsFailureException(e.ToFailure(), e);
        }
    }
}
