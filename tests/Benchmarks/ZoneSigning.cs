using System.Diagnostics;
using System.Globalization;
using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Signing;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Benchmarks;

/// <summary>
/// Signs a zone file whole, as the offline signers of others do it: with a KSK and a ZSK of ECDSAP256SHA256, by NSEC and NSEC3, with one thread and
/// several. A line for each run tells wall and CPU seconds of reading, signing and writing together (others are measured so), and of signing alone.
/// </summary>
internal static class ZoneSigning
{
    public const string Verb = "sign";
    private const string Usage = "sign FILE ZONE [OUT] [--denial nsec,nsec3] [--threads 1,2] [--reps 3]";

    private static readonly StreamWriter s_nowhere = StreamWriter.Null;

    /// <param name="arguments">As in <see cref="Usage"/>, without the verb. OUT keeps the version signed last, for verifiers.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] arguments)
    {
        var places = arguments.TakeWhile(argument => !argument.StartsWith("--", StringComparison.Ordinal)).ToArray();
        var options = arguments[places.Length..];
        if (places.Length is < 2 or > 3 || options.Length % 2 != 0
            || options.Where((_, i) => i % 2 == 0).Except(["--denial", "--threads", "--reps"]).Any() || !File.Exists(places[0]))
        {
            Console.Error.WriteLine($"usage: {Usage}");
            return 2;
        }

        var (zone, output) = (DomainName.Parse(places[1]), places.ElementAtOrDefault(2) ?? Path.GetTempFileName());
        var denials = Option("--denial", "nsec,nsec3").Split(',');
        var threads = Option("--threads", "1,2").Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        var repetitions = int.Parse(Option("--reps", "3"), CultureInfo.InvariantCulture);
        var (ksk, zsk) = (NewKey(isSecureEntryPoint: true), NewKey(isSecureEntryPoint: false));
        var plan = new SigningPlan { ZoneSigners = [zsk], KeySigners = [ksk], DnsKeys = [ksk.Public, zsk.Public], ParentKeys = [ksk.Public] };

        // A run that is not told: this is compiled just in time, the daemon is machine code.
        RunOnce(places[0], zone, output, plan, threads.Max(), "nsec", s_nowhere);
        foreach (var denial in denials)
        {
            foreach (var count in threads)
            {
                for (var i = 0; i < repetitions; i++)
                {
                    RunOnce(places[0], zone, output, plan with { IsNsec3 = denial == "nsec3" }, count, denial, Console.Out);
                }
            }
        }

        if (places.Length == 2)
        {
            File.Delete(output);
        }

        return 0;

        string Option(string name, string otherwise) => Array.IndexOf(options, name) is var at && at < 0 ? otherwise : options[at + 1];
    }

    private static void RunOnce(string file, DomainName apex, string output, SigningPlan plan, int threads, string denial, TextWriter report)
    {
        // What the run before left over is not this one's.
        GC.Collect();
        var whole = Clock.Start();
        using var received = Read(file, apex);
        var signing = Clock.Start();
        var now = DateTimeOffset.UtcNow;
        using var signed = ZoneSigner.Sign(plan, received, null, null, received.Serial, now, now, threads, CancellationToken.None);
        var (signWall, signCpu) = signing.Stop();
        var signatures = Write(signed.Contents, output);
        var (wall, cpu) = whole.Stop();
        FormattableString line = $"""
            peer=sign-ours  threads={threads}  zone={apex}  test={denial}  wall={wall:0.00}  cpu={cpu:0.00}  rrsigs={signatures}
            us_per_sig={1e6 * cpu / signatures:0.0}  sigs_per_s={signatures / wall:0}
            sign_wall={signWall:0.00}  sign_cpu={signCpu:0.00}  sign_us_per_sig={1e6 * signCpu / signatures:0.0}
            """;
        report.WriteLine(line.ToString(CultureInfo.InvariantCulture).ReplaceLineEndings("  "));
        report.Flush();
    }

    private static ZoneContents Read(string file, DomainName apex)
    {
        using var builder = new ZoneBuilder(apex);
        using var reader = ZoneFileReader.Open(file, apex);
        while (reader.Read())
        {
            builder.Add(reader.Current);
        }

        return builder.Build();
    }

    private static int Write(ZoneContents zone, string file)
    {
        var signatures = 0;
        using var stream = File.Create(file);
        using var writer = new ZoneFileWriter(stream);
        using var walk = zone.Walk();
        while (walk.MoveNext())
        {
            WireRecord record = walk.Current;
            signatures += record.Type == RecordType.RRSIG ? 1 : 0;
            writer.Write(record);
        }

        return signatures;
    }

    private static SigningKey NewKey(bool isSecureEntryPoint)
    {
        var scheme = SignatureScheme.Get(DnssecAlgorithm.EcdsaP256Sha256);
        var pkcs8 = scheme.Generate();
        var flags = (ushort)(DnsKey.ZoneFlag | (isSecureEntryPoint ? DnsKey.SecureEntryPointFlag : 0));
        return new(new DnsKey(flags, scheme.Algorithm, scheme.PublicKeyOf(pkcs8)), pkcs8);
    }

    /// <summary>Wall and CPU seconds of this process since it was started.</summary>
    private readonly record struct Clock(long Wall, TimeSpan Cpu)
    {
        public static Clock Start() => new(Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);

        public (double Wall, double Cpu) Stop() => (Stopwatch.GetElapsedTime(Wall).TotalSeconds, (Environment.CpuUsage.TotalTime - Cpu).TotalSeconds);
    }
}
