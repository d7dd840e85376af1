using System.Diagnostics;
using System.Globalization;
using ManagedDns.Dns;

namespace ManagedDns.TestKit.Signing;

/// <summary>What others say of a signed zone: dnssec-verify (BIND), ldns-verify-zone and kzonecheck (Knot), those that are installed.</summary>
public static class Verifiers
{
    /// <summary>ldns 1.8.3 reads no name whose text is longer.</summary>
    private const int LdnsNameLength = 254;

    private static readonly bool s_required = Environment.GetEnvironmentVariable("MANAGEDDNS_REQUIRE_PEERS") == "1";

    private static readonly string[] s_folders = ["/usr/bin", "/usr/sbin", "/usr/local/bin"];

    /// <summary>Fails with what they print where one of them finds fault.</summary>
    /// <param name="at">The time at which signatures must be valid; null: now. BIND's cannot be told another one and is left out then.</param>
    /// <exception cref="InvalidOperationException">One of them finds fault.</exception>
    public static void Accept(ServedZone zone, DateTimeOffset? at = null)
    {
        ArgumentNullException.ThrowIfNull(zone);
        var folder = Directory.CreateTempSubdirectory("managed-dns-verify-");
        try
        {
            var name = ServedZone.Plain(zone.Apex);
            var file = Path.Combine(folder.FullName, "zone");
            File.WriteAllText(file, zone.ToGenericText());
            var time = (at ?? DateTimeOffset.UtcNow).UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);
            var started = new List<Process?>();
            if (at is null)
            {
                // -z: one key may sign keys and zone alike.
                started.Add(Start("dnssec-verify", ["-q", .. zone.IsSignedByEntryPoint ? ["-z"] : Array.Empty<string>(), "-o", name, file]));
            }

            if (zone.Records.All(record => ServedZone.Plain(record.Owner).Length <= LdnsNameLength))
            {
                started.Add(Start("ldns-verify-zone", "-V", "1", "-t", time, file));
            }

            if (IsForKnot(zone))
            {
                started.Add(Start("kzonecheck", "-d", "on", "-t", time, "-o", name, file));
            }

            var faults = started.OfType<Process>().Select(End).ToList();
            if (faults.OfType<string>().FirstOrDefault() is { } fault)
            {
                throw new InvalidOperationException($"{fault}\n{zone}");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>
    /// kzonecheck 3.2.6 takes a key with the SEP flag for one that signs no more than the keys where there is one without it or another one with it,
    /// whichever of them sign: it rejects what dnssec-signzone makes so too. So it does where labels have octets that are zero, which it takes for their ends
    /// when it puts names in order. It also wants CDS below the apex (RFC 9615) to be those of the zone itself.
    /// </summary>
    private static bool IsForKnot(ServedZone zone) => (zone.Keys.Count() == 1 || !zone.IsSignedByEntryPoint)
        && (!zone.HasZeroOctets || zone.Records.Any(record => record.Type == RecordType.NSEC3))
        && zone.Records.All(record => record.Type != RecordType.CDS || record.Owner == zone.Apex);

    private static Process? Start(string tool, params string[] arguments)
    {
        var path = s_folders.Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists);
        return path is not null ? Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })
            : !s_required ? null : throw new InvalidOperationException($"{tool} is not installed.");
    }

    /// <summary>What a tool says against the zone; null: nothing.</summary>
    private static string? End(Process process)
    {
        using (process)
        {
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{Path.GetFileName(process.StartInfo.FileName)} says {process.ExitCode}:\n{output}{error.Result}";
        }
    }
}
