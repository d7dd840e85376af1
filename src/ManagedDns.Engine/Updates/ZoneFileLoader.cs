using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Engine.Updates.Checks;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Updates;

/// <summary>A master file as a version of a zone, checked, and the files it was read from.</summary>
internal static class ZoneFileLoader
{
    /// <param name="files">The file and those it includes, as far as reading came.</param>
    /// <exception cref="DnsFailureException">The file or what it says cannot be used; the message names file and line where there is one.</exception>
    public static NewVersion Load(string path, DomainName zone, ISet<string> files, ContentCheckSettings checks, DateTimeOffset now)
    {
        files.Add(path);
        try
        {
            using var reader = ZoneFileReader.Open(path, zone);
            using var builder = new ZoneBuilder(zone);
            while (reader.Read())
            {
                files.Add(reader.File);
                Add(builder, reader);
            }

            return Check(builder.Build(), path, checks, now);
        }
        catch (ZoneFileException e)
        {
            throw new DnsFailureException(e.ToFailure(), e);
        }
    }

    private static void Add(ZoneBuilder builder, ZoneFileReader reader)
    {
        try
        {
            builder.Add(reader.Current);
        }
        catch (DnsFailureException e)
        {
            var failure = e.Failure with
            {
                Reason = FailureReason.ZoneFile,
                Message = $"{reader.File}:{reader.Line}: {e.Failure.Message}",
                Remedy = $"Correct {reader.File}; the version served before stays in service.",
            };
            throw new DnsFailureException(failure, e);
        }
    }

    private static NewVersion Check(ZoneContents zone, string path, ContentCheckSettings checks, DateTimeOffset now)
    {
        var verdict = new ContentChecks(zone, null, null, checks, now).Run();
        if (verdict.Rejection is not { } failure)
        {
            return new(zone, []) { Warnings = verdict.Warnings };
        }

        zone.Dispose();
        throw new DnsFailureException(failure with
        {
            Message = $"{path}: {failure.Message}",
            Remedy = $"Correct {path}; the version served before stays in service.",
        });
    }
}
