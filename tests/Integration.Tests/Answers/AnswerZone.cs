using ManagedDns.Dns;
using ManagedDns.Integration.Tests.Peers;

namespace ManagedDns.Integration.Tests.Answers;

/// <summary>How a zone of the battery is signed.</summary>
public enum Signing
{
    Plain, Nsec, Nsec3, OptOut,
}

/// <summary>One zone of the battery: a file of <c>Zones/</c> read with an origin of its own for each way of signing.</summary>
public sealed record AnswerZone(string Template, Signing Signing)
{
    private static readonly string[] s_templates = ["everything", "apexwild", "apexdname", "tiny", "parent", "child.parent", "hidden.parent"];

    /// <summary>Zones that lie together on one server.</summary>
    public static readonly IReadOnlyList<AnswerZone> All =
        [.. from template in s_templates from signing in Enum.GetValues<Signing>() select new AnswerZone(template, signing), new AnswerZone("other", Signing.Plain), new AnswerZone("wildcut", Signing.Plain), new AnswerZone("underdname", Signing.Plain)];

    /// <summary>Whether <paramref name="peer"/> loads such a zone at all.</summary>
    public bool IsFor(PeerKind peer) => (Template, peer) is not (("wildcut", PeerKind.Bind) or ("underdname", PeerKind.Nsd or PeerKind.Knot));

    public DomainName Origin => Template switch
    {
        "root" => DomainName.Root,
        "other" => DomainName.Parse("other.test"),
        "tiny" => DomainName.Parse(Signing.ToString().ToLowerInvariant() + "-single"),
        _ => DomainName.Parse($"{Template}.{Signing.ToString().ToLowerInvariant()}"),
    };

    /// <summary>The zone's text, signed where it is meant to be with a new key.</summary>
    public async Task<string> TextAsync(CancellationToken cancellation)
    {
        var file = Template switch { "child.parent" or "hidden.parent" => "child", _ => Template };
        var text = $"$ORIGIN {Origin}\n{await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Answers", "Zones", $"{file}.zone"), cancellation)}"
            .Replace("{origin}", Origin.ToString(), StringComparison.Ordinal);
        return Signing == Signing.Plain ? text : await SignAsync(text, cancellation);
    }

    /// <summary>Signs with NLnet Labs' ldns-signzone instead of BIND's dnssec-signzone.</summary>
    public bool WithLdns { get; init; }

    public override string ToString() => Origin.ToString();

    private async Task<string> SignAsync(string text, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("managed-dns-sign-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "unsigned"), text, cancellation);
            await (WithLdns ? SignWithLdnsAsync(folder, cancellation) : SignWithBindAsync(folder, cancellation));
            return await File.ReadAllTextAsync(Path.Combine(folder, "signed"), cancellation);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task SignWithLdnsAsync(string folder, CancellationToken cancellation)
    {
        var key = await PeerProcess.RunAsync(InstalledPeers.RequireProgram("ldns-keygen"), folder, cancellation, "-a", "ECDSAP256SHA256", "-k", Origin.ToString());
        string[] denial = Signing switch { Signing.Nsec3 => ["-n", "-t", "0"], Signing.OptOut => ["-n", "-t", "0", "-p"], _ => [] };
        await PeerProcess.RunAsync(
            InstalledPeers.RequireProgram("ldns-signzone"), folder, cancellation, [.. denial, "-o", Origin.ToString(), "-f", "signed", "unsigned", key.Trim()]);
    }

    private async Task SignWithBindAsync(string folder, CancellationToken cancellation)
    {
        var key = await PeerProcess.RunAsync(
            InstalledPeers.RequireProgram("dnssec-keygen"), folder, cancellation, "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", Origin.ToString());
        await File.AppendAllTextAsync(Path.Combine(folder, "unsigned"), await File.ReadAllTextAsync(Path.Combine(folder, key.Trim() + ".key"), cancellation), cancellation);
        string[] denial = Signing switch { Signing.Nsec3 => ["-3", "-", "-H", "0"], Signing.OptOut => ["-3", "-", "-H", "0", "-A"], _ => [] };
        await PeerProcess.RunAsync(
            InstalledPeers.RequireProgram("dnssec-signzone"), folder, cancellation,
            [.. denial, "-P", "-z", "-O", "full", "-o", Origin.ToString(), "-f", "signed", "unsigned", key.Trim()]);
    }
}
