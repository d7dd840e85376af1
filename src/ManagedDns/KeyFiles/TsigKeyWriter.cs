using ManagedDns.Dns.Tsig;

namespace ManagedDns.KeyFiles;

/// <summary>Writes a TSIG key, secret included, as a name server's configuration has it.</summary>
internal static class TsigKeyWriter
{
    public static string Write(TsigKey key, TsigKeyFormat format)
    {
        var name = key.Name.ToDisplayString();
        var algorithm = TsigAlgorithmNames.Of(key.Algorithm);
        var secret = Convert.ToBase64String(key.Secret.Span);
        return format switch
        {
            TsigKeyFormat.Nsd =>
                $"""
                key:
                    name: "{name}"
                    algorithm: {algorithm}
                    secret: "{secret}"
                """,
            TsigKeyFormat.Knot =>
                $"""
                key:
                  - id: {name}
                    algorithm: {algorithm}
                    secret: {secret}
                """,
            TsigKeyFormat.PowerDns => $"pdnsutil import-tsig-key {name} {algorithm} '{secret}'",
            _ =>
                $$"""
                key "{{name}}" {
                    algorithm {{algorithm}};
                    secret "{{secret}}";
                };
                """,
        };
    }
}
