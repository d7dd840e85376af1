using System.Security.Cryptography;
using ManagedDns.Store.Tables;

namespace ManagedDns.Store;

/// <summary>What a sealed secret was for.</summary>
public enum LostSecretKind
{
    /// <summary>The key stays where it is used, with a random secret: nothing is sent unsigned or signed by what others know.</summary>
    TsigKey,

    /// <summary>The rollover ended; the key itself is what it was.</summary>
    TsigKeySuccessor,
    CookieSecret,

    /// <summary>The server's certificate with its key; DNS over TLS ended.</summary>
    Certificate,

    /// <summary>It stays, unusable: the zone is served with the signatures that it has.</summary>
    ZoneSigningKey,
}

/// <summary>A secret that nobody can open any more.</summary>
/// <param name="Name">Of the key, or of the zone and its key's tag; empty for the server's own.</param>
public sealed record LostSecret(LostSecretKind Kind, string Name);

/// <summary>Makes a store usable again whose key (store.key) is lost: what was sealed with that can be opened by nobody.</summary>
internal sealed class SecretReset(StoreSession session, ServerSettingTable server, TsigKeyTable tsigKeys, ZoneKeyTable zoneKeys)
{
    /// <summary>Gives the store a key that it can use, and forgets what that does not open. What can be opened stays.</summary>
    public IReadOnlyList<LostSecret> Run() => session.Change(() =>
    {
        session.Secrets.Renew();
        return (IReadOnlyList<LostSecret>)[.. tsigKeys.ForgetUnopened(), .. server.ForgetUnopened(), .. zoneKeys.Unopened()];
    });

    /// <summary>As long as the longest digest (RFC 8945 §6: a secret should be no shorter than that).</summary>
    internal static byte[] RandomSecret() => RandomNumberGenerator.GetBytes(64);
}
