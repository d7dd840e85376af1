using System.Management.Automation;
using ManagedDns.Completers;
using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Wire;
using ManagedDns.Settings;

namespace ManagedDns.Commands;

/// <summary>Writes a zone as it is served to a master file.</summary>
/// <example>
/// <code>Export-ManagedZone example.com ./example.com.out</code>
/// Writes the zone as it is served to a master file.
/// </example>
[Cmdlet(VerbsData.Export, "ManagedZone", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportManagedZoneCommand : ManagedDnsCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ZoneName", "Zone")]
    [ArgumentCompleter(typeof(ManagedZoneCompleter))]
    public string Name { get; set; } = "";

    /// <summary>The file to write; in a folder that exists, the file is called after the zone.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("LiteralPath")]
    public string Path { get; set; } = "";

    /// <summary>Writes over a file that exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessItem()
    {
        var zone = Store.Zones.Get(Names.Parse(Name));
        var path = PathOf(Path);
        if (Directory.Exists(path))
        {
            path = System.IO.Path.Combine(path, FileName(zone.Name.ToDisplayString()));
        }

        if (File.Exists(path) && !Force)
        {
            throw Names.Invalid(path, $"'{path}' exists already.", "Give -Force to write over it, or another path.");
        }

        if (!ShouldProcess($"Managed zone '{zone.Name.ToDisplayString()}' to '{path}'", "Export"))
        {
            return;
        }

        // Whole or not at all: a reader of the path never sees half a zone.
        var temporary = $"{path}.{Guid.NewGuid():N}";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            using (var writer = new ZoneFileWriter(stream))
            {
                ZoneRecords.Read(StoreFolderPath, zone, (in WireRecord record) => writer.Write(record), Cancellation);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Names.Invalid(
                path, $"'{path}' cannot be written: {Names.Why(e)}", "Give a path in a folder that exists and that you may write to.");
        }
        finally
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }
        }

        if (PassThru)
        {
            WriteObject(new FileInfo(path));
        }
    }

    // A zone of classless reverse delegation (RFC 2317) has a slash in its name.
    private static string FileName(string zone) => string.Join('_', zone.Split(System.IO.Path.GetInvalidFileNameChars())) + ".zone";
}
