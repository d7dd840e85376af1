using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ManagedDns.Commands;
using ManagedDns.Dns.Client;
using ManagedDns.Model;
using ManagedDns.Store;

namespace ManagedDns.Configuration;

/// <summary>The server's own settings in a configuration. Its certificate's key and its cookie secrets are sealed, or stay in their store.</summary>
internal sealed class ServerConfiguration(ManagedDnsStore store, PassphraseBox? box)
{
    private const string SealedPkcs12 = ConfigurationJson.Sealed + "Pkcs12";
    private const string SealedSecret = ConfigurationJson.Sealed + "Secret";
    private const string SealedOtherSecret = ConfigurationJson.Sealed + "OtherSecret";

    public JsonObject Show()
    {
        var server = store.Server.Get();
        var json = ConfigurationJson.ToJson(server, "identity");
        json["certificate"] = server.Identity is null ? null : Show(server.Identity);
        var cookies = json["cookies"]!.AsObject();
        cookies.Remove("secret");
        cookies.Remove("otherSecret");
        if (box is not null)
        {
            cookies[SealedSecret] = Seal(SealedSecret, server.Cookies.Secret);
            cookies[SealedOtherSecret] = Seal(SealedOtherSecret, server.Cookies.OtherSecret);
        }

        return json;
    }

    public void Change(JsonObject json) => store.Server.Update(old =>
    {
        var plain = json.DeepClone().AsObject();
        ConfigurationJson.RemoveSealed(plain);
        var cookies = json["cookies"] as JsonObject ?? [];
        var changed = ConfigurationJson.With(old, plain, "certificate");
        return changed with
        {
            Identity = json.ContainsKey("certificate") ? Identity(json["certificate"] as JsonObject, old.Identity) : old.Identity,
            Cookies = new(
                changed.Cookies.Enabled,
                Secret(cookies, SealedSecret, old.Cookies.Secret), Secret(cookies, SealedOtherSecret, old.Cookies.OtherSecret)),
        };
    });

    private JsonObject Show(TlsIdentity identity)
    {
        var json = new JsonObject { ["subject"] = identity.Certificate.Subject, ["sha256"] = Fingerprint(identity) };
        if (box is not null)
        {
            json[SealedPkcs12] = box.Seal(Place(SealedPkcs12), identity.ToPkcs12());
        }

        return json;
    }

    private TlsIdentity? Identity(JsonObject? json, TlsIdentity? old)
    {
        if (json is null)
        {
            return null;
        }

        json.RequireKnown("subject", "sha256", SealedPkcs12);
        if (box is not null && json.Text(SealedPkcs12) is { } text)
        {
            return TlsIdentity.FromPkcs12(Unseal(SealedPkcs12, text));
        }

        return old is not null && (json.Text("sha256") ?? Fingerprint(old)) == Fingerprint(old) ? old : throw Names.Invalid(
            "certificate", $"The configuration does not tell the private key of the certificate, and this store has {(old is null ? "none" : "another one")}.",
            "Export with -Passphrase and import with the same, or give the certificate first: Set-SecondaryServer -CertificatePath.");
    }

    /// <summary>A secret that the file is silent about stays as it is; one that it says not to be there goes.</summary>
    private CookieSecret? Secret(JsonObject cookies, string member, CookieSecret? old) =>
        box is null || !cookies.ContainsKey(member) ? old
        : cookies.Text(member) is { } text ? new CookieSecret(Unseal(member, text))
        : null;

    private string? Seal(string member, CookieSecret? secret) => secret is null ? null : box!.Seal(Place(member), secret.Octets);

    private byte[] Unseal(string member, string text) => box!.Unseal(Place(member), text) ?? throw Names.Invalid(
        member, $"'{member}' of the server was altered.", "Export the configuration again.");

    private static string Fingerprint(TlsIdentity identity) => identity.Certificate.GetCertHashString(HashAlgorithmName.SHA256);

    private static string Place(string member) => $"server/{member}";
}
