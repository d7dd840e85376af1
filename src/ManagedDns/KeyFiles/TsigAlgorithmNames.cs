using System.Diagnostics.CodeAnalysis;
using ManagedDns.Dns.Tsig;

namespace ManagedDns.KeyFiles;

/// <summary>The algorithms' names in configuration files: those of RFC 8945 §6.</summary>
internal static class TsigAlgorithmNames
{
    private static readonly (TsigAlgorithm Algorithm, string Name)[] s_names =
    [
        (TsigAlgorithm.HmacMd5, "hmac-md5"), (TsigAlgorithm.HmacSha1, "hmac-sha1"), (TsigAlgorithm.HmacSha224, "hmac-sha224"),
        (TsigAlgorithm.HmacSha256, "hmac-sha256"), (TsigAlgorithm.HmacSha384, "hmac-sha384"), (TsigAlgorithm.HmacSha512, "hmac-sha512"),
    ];

    public static string Of(TsigAlgorithm algorithm) => s_names.First(pair => pair.Algorithm == algorithm).Name;

    public static bool TryParse(string text, [NotNullWhen(true)] out TsigAlgorithm? algorithm)
    {
        // The name on the wire, which some tools show, is hmac-md5.sig-alg.reg.int.
        var name = text.TrimEnd('.').Replace(".sig-alg.reg.int", "", StringComparison.OrdinalIgnoreCase);
        algorithm = null;
        foreach (var pair in s_names)
        {
            if (pair.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                algorithm = pair.Algorithm;
                return true;
            }
        }

        return false;
    }
}
