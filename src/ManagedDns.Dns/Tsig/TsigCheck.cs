namespace ManagedDns.Dns.Tsig;

/// <summary>The checks that requests and responses have in common.</summary>
internal static class TsigCheck
{
    /// <summary>BADKEY unless key name and algorithm are the key's; FORMERR for a MAC of a length that nobody may send (RFC 8945 §5.2.2.1).</summary>
    public static ResponseCode Key(TsigKey key, in TsigRecord tsig)
    {
        if (!WireName.Equals(tsig.KeyName, key.Name.Wire) || !WireName.Equals(tsig.AlgorithmName, key.Algorithm.WireName().Wire))
        {
            return ResponseCode.BadKey;
        }

        return tsig.Mac.Length > key.Algorithm.MacLength() || tsig.Mac.Length < key.Algorithm.ShortestMacLength() ? ResponseCode.FormErr : ResponseCode.NoError;
    }

    /// <summary>The other clock minus ours.</summary>
    public static TimeSpan Skew(long theirs, DateTimeOffset now) => TimeSpan.FromSeconds(theirs - now.ToUnixTimeSeconds());

    public static bool IsOff(in TsigRecord tsig, DateTimeOffset now) => Math.Abs(tsig.TimeSigned - now.ToUnixTimeSeconds()) > tsig.Fudge;
}
