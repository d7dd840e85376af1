namespace ManagedDns.Integration.Tests.Peers;

/// <summary>The name servers of others that ours must get along with.</summary>
public enum PeerKind
{
    Bind, Nsd, Knot, PowerDns,
}

/// <summary>Which peers are on this machine. A test that needs a missing one is skipped by name, or fails where all are required.</summary>
public static class InstalledPeers
{
    /// <summary>Set to 1 where every peer must be there: a missing one then fails its tests instead of skipping them.</summary>
    public const string RequireVariable = "MANAGEDDNS_REQUIRE_PEERS";

    private static readonly string[] s_folders =
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator), "/usr/local/sbin", "/usr/sbin", "/sbin"];

    /// <summary>The peer's server program, or a skipped test.</summary>
    public static string Require(PeerKind kind) => RequireProgram(kind switch
    {
        PeerKind.Bind => "named",
        PeerKind.Nsd => "nsd",
        PeerKind.Knot => "knotd",
        _ => "pdns_server",
    });

    /// <summary>The path of <paramref name="program"/>, or a skipped test. Servers often stand outside an ordinary user's PATH.</summary>
    public static string RequireProgram(string program)
    {
        var path = s_folders.Where(f => f.Length > 0).Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);
        if (path is null && Environment.GetEnvironmentVariable(RequireVariable) == "1")
        {
            Assert.Fail($"{program} is not installed, and {RequireVariable}=1 asks for every peer.");
        }

        Assert.SkipWhen(path is null, $"{program} is not installed.");
        return path!;
    }
}
