using System.Diagnostics;
using System.Globalization;
using ManagedDns.Dns;
using ManagedDns.Dns.Presentation;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Tests.Signing;

/// <summary>What others say of a signed zone: dnssec-verify (BIND), ldns-verify-zone and kzonecheck (Knot), those that are installed.</summary>
internal static class Verifiers
{
    private static readonly bool s_required = Environment.GetEnvironmentVariable("MANAGEDDNS_REQUIRE_PEERS") == "1";

    private static readonly string[] s_folders = ["/usr/bin", "/usr/sbin", "/usr/local/bin"];

    /// <summary>Fails with what they print where one of them finds fault.</summary>
    /// <param name="at">The time at which signatures must be valid; null: now. BIND's cannot be told another one and is left out then.</param>
    public static void Accept(ZoneContents zone, DateTimeOffset? at = null)
    {
        var folder = Directory.CreateTempSubdirectory("managed-dns-verify-");
        try
        {
            var name = zone.Apex.ToDisplayString();
            var file = Path.Combine(folder.FullName, "zone");
            File.WriteAllText(file, Text(zone));
            // -z: one key may sign keys and zone alike.
            if (at is null)
            {
                Run("dnssec-verify", ["-q", .. HasSplitKeys(zone) ? Array.Empty<string>() : ["-z"], "-o", name, file]);
            }

            var time = (at ?? DateTimeOffset.UtcNow).UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);
            Run("ldns-verify-zone", "-V", "1", "-t", time, file);
            if ((HasSplitKeys(zone) || zone.Find(zone.Apex, RecordType.DNSKEY).Count == 1) && !HasSignals(zone))
            {
                // Two keys with the SEP flag and none without: kzonecheck 3.2.6 rejects what dnssec-signzone makes with them too, whichever of them sign.
                // It also wants CDS below the apex (RFC 9615) to be those of the zone itself.
                Run("kzonecheck", "-d", "on", "-t", time, "-o", name, file);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static bool HasSplitKeys(ZoneContents zone) => zone.Find(zone.Apex, RecordType.DNSKEY).Any(key => (key.Rdata.Span[1] & 1) == 0);

    private static bool HasSignals(ZoneContents zone) => Zones.ZoneFiles.Walk(zone).Any(record => record.Type == RecordType.CDS && record.Owner != zone.Apex);

    public static string Text(ZoneContents zone)
    {
        using var walk = zone.Walk();
        using var writer = new StringWriter { NewLine = "\n" };
        while (walk.MoveNext())
        {
            writer.WriteLine(RecordText.Format(walk.Current));
        }

        return writer.ToString();
    }

    private static void Run(string tool, params string[] arguments)
    {
        var path = s_folders.Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists);
        if (path is null)
        {
            Assert.False(s_required, $"{tool} is not installed.");
            return;
        }

        using var process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{tool} says {process.ExitCode}:\n{output}{error.Result}");
    }
}
