using System.Security.Cryptography;
using System.Text;
using ManagedDns.Commands;
using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;

namespace ManagedDns.KeyFiles;

/// <summary>
/// A zone's private key in files: a pair of <c>.key</c> and <c>.private</c> as BIND writes them, or PKCS#8 in PEM as Knot keeps them.
/// </summary>
internal static class ZoneKeyFile
{
    private const string Remedy =
        "Give the .private file of BIND's pair (its .key file lies beside it), or a PKCS#8 private key in PEM ('-----BEGIN PRIVATE KEY-----').";

    /// <summary>Reads a private key.</summary>
    /// <param name="path">Of either file of BIND's pair, or of a PEM file.</param>
    /// <param name="algorithm">Says for which algorithm an RSA key in PEM is; null: the file tells.</param>
    /// <param name="flags">Of the DNSKEY record of a key in PEM.</param>
    /// <returns>The key, the zone that its file names, where it names one, and its PKCS#8 form.</returns>
    /// <exception cref="Store.StoreException">Invalid: it cannot be read, or is no key that can be used here.</exception>
    public static (DnsKey Key, DomainName? Zone, byte[] Pkcs8) Read(string path, DnssecAlgorithm? algorithm, ushort flags)
    {
        try
        {
            if (path.EndsWith(".key", StringComparison.OrdinalIgnoreCase))
            {
                path = Path.ChangeExtension(path, ".private");
            }

            var text = Names.ReadFile(path);
            return BindPrivateKey.LooksLike(text) ? FromPair(path, text) : FromPem(text, algorithm, flags);
        }
        catch (Exception e) when (e is FormatException or ZoneFileException)
        {
            throw Names.Invalid(path, $"'{path}' is no private key that can be used here: {e.Message}", Remedy);
        }
    }

    /// <summary>Writes BIND's pair.</summary>
    /// <returns>The paths written.</returns>
    public static IReadOnlyList<string> WritePair(string folder, DomainName zone, DnsKey key, byte[] pkcs8)
    {
        var name = FileName(folder, zone, key);
        var role = key.IsSecureEntryPoint ? "key-signing" : "zone-signing";
        Write($"{name}.key", $"""
            ; This is a {role} key, keyid {key.Tag}, for {zone}
            {zone} IN DNSKEY {RdataText.Format(RecordType.DNSKEY, RecordClass.IN, key.Rdata.Span)}

            """, isSecret: false);
        Write($"{name}.private", BindPrivateKey.Format(key.Algorithm, pkcs8), isSecret: true);
        return [$"{name}.key", $"{name}.private"];
    }

    /// <summary>Writes a PEM file.</summary>
    public static IReadOnlyList<string> WritePem(string folder, DomainName zone, DnsKey key, byte[] pkcs8)
    {
        var path = $"{FileName(folder, zone, key)}.pem";
        Write(path, PemEncoding.WriteString("PRIVATE KEY", pkcs8) + "\n", isSecret: true);
        return [path];
    }

    private static (DnsKey Key, DomainName? Zone, byte[] Pkcs8) FromPair(string path, string text)
    {
        var (algorithm, pkcs8) = BindPrivateKey.Parse(text);
        var made = PrivateKeyForms.PublicKeyOf(algorithm, pkcs8);
        var companion = Path.ChangeExtension(path, ".key");
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes("$TTL 0\n" + Names.ReadFile(companion)));
        using var reader = new ZoneFileReader(stream, DomainName.Root, fileName: companion);
        DnsKey? key = null;
        DomainName? zone = null;
        while (reader.Read())
        {
            if (reader.Current.Type == RecordType.DNSKEY)
            {
                (key, zone) = (DnsKey.TryRead(reader.Current.Rdata), DomainName.FromWire(reader.Current.Owner));
            }
        }

        return key is null ? throw new FormatException($"'{companion}' has no DNSKEY record.")
            : key.Algorithm == algorithm && key.PublicKey.SequenceEqual(made) ? (key, zone, pkcs8)
            : throw new FormatException($"It is not the private key of '{companion}'.");
    }

    private static (DnsKey Key, DomainName? Zone, byte[] Pkcs8) FromPem(string text, DnssecAlgorithm? given, ushort flags)
    {
        if (!PemEncoding.TryFind(text, out var fields))
        {
            throw new FormatException("It is neither a .private file nor PEM.");
        }

        var label = text[fields.Label];
        if (label != "PRIVATE KEY")
        {
            throw new FormatException($"It is a PEM file of '{label}', not of 'PRIVATE KEY'.");
        }

        var pkcs8 = Convert.FromBase64String(text[fields.Base64Data]);
        var possible = PrivateKeyForms.AlgorithmsOf(pkcs8);
        var algorithm = given ?? (possible.Count > 0 ? possible[0] : DnssecAlgorithm.Delete);
        return possible.Contains(algorithm)
            ? (new(flags, algorithm, PrivateKeyForms.PublicKeyOf(algorithm, pkcs8)), null, pkcs8)
            : throw new FormatException(
                possible.Count == 0 ? "No algorithm that is used here takes such a key." : $"It is a key for {string.Join(" or ", possible)}.");
    }

    private static string FileName(string folder, DomainName zone, DnsKey key)
    {
        var name = string.Join('_', zone.ToString().ToLowerInvariant().Split(Path.GetInvalidFileNameChars()));
        return Path.Combine(folder, $"K{name}+{(int)key.Algorithm:000}+{key.Tag:00000}");
    }

    private static void Write(string path, string text, bool isSecret)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (isSecret && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new StreamWriter(path, Encoding.ASCII, options);
        file.Write(text.ReplaceLineEndings("\n"));
    }
}
