using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Health;
using ManagedDns.Model;
using ManagedDns.Store;
using ManagedDns.Store.Contents;

namespace ManagedDns.Settings;

/// <summary>Reads all records of a zone as it is served: from what the server keeps, or from the zone's master file.</summary>
internal static class ZoneRecords
{
    /// <exception cref="DnsFailureException">Nothing is kept of the zone, or it is damaged.</exception>
    public static void Read(string folder, ManagedZone zone, RecordAction action, CancellationToken cancellation)
    {
        if (ReadKept(folder, zone, action, cancellation))
        {
            return;
        }

        if (zone.ZoneFile is null)
        {
            throw NothingKept(zone);
        }

        try
        {
            using var reader = ZoneFileReader.Open(zone.ZoneFile, zone.Name);
            while (reader.Read())
            {
                cancellation.ThrowIfCancellationRequested();
                action(reader.Current);
            }
        }
        catch (ZoneFileException e)
        {
            throw new DnsFailureException(e.ToFailure(), e);
        }
    }

    public static DnsFailureException NothingKept(ManagedZone zone) => new(new Failure(
        FailureReason.NotLoaded, null, $"Nothing of {zone.Name.ToDisplayString()} has been transferred yet.",
        $"Get-ZoneProxy -Name {zone.Name.ToDisplayString()} shows why; the server must run (Start-SecondaryServer) and the proxy be on (Enable-ZoneProxy)."));

    public static DnsFailureException Damaged(ManagedZone zone, InvalidDataException e) => new(
        new Failure(
            FailureReason.Malformed, null, $"What is kept of {zone.Name.ToDisplayString()} is damaged: {e.Message}",
            $"Transfer it again: Start-ZoneTransfer -Zone {zone.Name.ToDisplayString()} -Full."),
        e);

    /// <summary>When the signatures in what is kept of a zone end; null where nothing is kept, or nothing is signed.</summary>
    public static SignatureHorizon? Signatures(string folder, ManagedZone zone, CancellationToken cancellation)
    {
        var finder = new SignatureFinder();
        ReadKept(folder, zone, finder.Take, cancellation);
        return finder.Found;
    }

    private static bool ReadKept(string folder, ManagedZone zone, RecordAction action, CancellationToken cancellation)
    {
        try
        {
            using var contents = ContentsReader.Open(folder);
            return KeptRecords.Read(contents, zone.Id, action, cancellation);
        }
        catch (StoreException e) when (e.Error == StoreError.NotFound)
        {
            return false;
        }
        catch (InvalidDataException e)
        {
            throw Damaged(zone, e);
        }
    }
}
