using System.Text.RegularExpressions;
using ManagedDns.Commands;
using ManagedDns.Dns.Tsig;
using ManagedDns.Store;

namespace ManagedDns.KeyFiles;

/// <summary>Finds the TSIG keys in the configuration of BIND, NSD, Knot or PowerDNS; what else is in it is passed over.</summary>
internal static partial class TsigKeyReader
{
    private const int MaxFileSize = 4 << 20;

    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>: the file cannot be read, or a key in it makes no sense.</exception>
    public static IReadOnlyList<TsigKey> ReadFile(string path) => Read(Names.ReadFile(path, MaxFileSize), path);

    /// <param name="source">The file's name, for errors.</param>
    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>: a key makes no sense; the message names the line.</exception>
    public static IReadOnlyList<TsigKey> Read(string text, string source)
    {
        var keys = new List<TsigKey>();

        // Two slashes inside quotes are Base64; elsewhere they start a comment. Lines keep their numbers.
        var plain = BindComment().Replace(text, found => found.Value[0] == '"' ? found.Value : new string('\n', found.Value.Count(c => c == '\n')));
        foreach (Match statement in BindKey().Matches(plain))
        {
            var body = statement.Groups["body"].Value;
            keys.Add(Key(
                statement.Groups["name"].Value,
                BindAlgorithm().Match(body).Groups[1].Value,
                BindSecret().Match(body).Groups[1].Value,
                source,
                Line(plain, statement.Index)));
        }

        foreach (Match line in PowerDnsKey().Matches(text))
        {
            keys.Add(Key(line.Groups["name"].Value, line.Groups["algorithm"].Value, line.Groups["secret"].Value, source, Line(text, line.Index)));
        }

        keys.AddRange(ReadSections(text, source));
        return keys;
    }

    // NSD repeats "key:" with name, algorithm and secret; Knot lists "- id" under one "key:".
    private static IEnumerable<TsigKey> ReadSections(string text, string source)
    {
        var lines = text.Split('\n');
        string? name = null, algorithm = null, secret = null;
        var inKey = false;
        var started = 0;
        for (var i = 0; i <= lines.Length; i++)
        {
            var line = i < lines.Length ? lines[i] : "end:";
            var section = Section().Match(line);
            var item = Item().Match(line);
            var entryEnds = section.Success || (item.Success && item.Groups["dash"].Success);
            if (entryEnds && inKey && name is not null)
            {
                yield return Key(name, algorithm ?? "", secret ?? "", source, started);
                (name, algorithm, secret) = (null, null, null);
            }

            if (section.Success)
            {
                inKey = section.Groups[1].Value is "key";
            }
            else if (inKey && item.Success)
            {
                var value = item.Groups["value"].Value;
                switch (item.Groups["what"].Value)
                {
                    case "id" or "name":
                        (name, started) = (value, i + 1);
                        break;
                    case "algorithm":
                        algorithm = value;
                        break;
                    case "secret":
                        secret = value;
                        break;
                }
            }
        }
    }

    private static TsigKey Key(string name, string algorithm, string secret, string source, int line)
    {
        try
        {
            return TsigAlgorithmNames.TryParse(algorithm, out var known)
                ? new TsigKey(Names.Parse(name), known.Value, TsigSecret.Read(secret, name))
                : throw Names.Invalid(
                    source,
                    $"The TSIG key '{name}' has the algorithm '{algorithm}', which is none that we know.",
                    "RFC 8945 has hmac-md5, hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384 and hmac-sha512.");
        }
        catch (StoreException e)
        {
            throw new StoreException(e.Error, $"{source}, line {line}: {e.Message}", e.Remedy, e) { Target = source };
        }
    }

    private static int Line(string text, int index) => text.AsSpan(0, index).Count('\n') + 1;

    [GeneratedRegex("""\"[^\"\n]*\"|/\*.*?\*/|//[^\n]*|\#[^\n]*""", RegexOptions.Singleline, matchTimeoutMilliseconds: 2000)]
    private static partial Regex BindComment();

    [GeneratedRegex("""\bkey\s+"?(?<name>[^\s"{};]+)"?\s*\{(?<body>[^{}]*)\}""", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 2000)]
    private static partial Regex BindKey();

    [GeneratedRegex("""\balgorithm\s+"?([^\s";]+)"?\s*;""", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 2000)]
    private static partial Regex BindAlgorithm();

    [GeneratedRegex("""\bsecret\s+"?([^\s";]+)"?\s*;""", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 2000)]
    private static partial Regex BindSecret();

    [GeneratedRegex("""^\s*(?:pdnsutil\s+import-tsig-key\s+)?(?<name>[^\s:"'{}]+)\s+(?<algorithm>hmac-[^\s:"']+)\s+'?(?<secret>[A-Za-z0-9+/=]+)'?\s*$""",
        RegexOptions.IgnoreCase | RegexOptions.Multiline, matchTimeoutMilliseconds: 2000)]
    private static partial Regex PowerDnsKey();

    [GeneratedRegex("""^(\w[\w-]*):\s*(?:\#.*)?\r?$""", RegexOptions.None, matchTimeoutMilliseconds: 2000)]
    private static partial Regex Section();

    [GeneratedRegex("""^\s+(?<dash>-\s+)?(?<what>[\w-]+):\s*["']?(?<value>[^\s"'\#]+)["']?\s*(?:\#.*)?\r?$""", RegexOptions.None, matchTimeoutMilliseconds: 2000)]
    private static partial Regex Item();
}
