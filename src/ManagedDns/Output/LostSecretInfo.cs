using ManagedDns.Store;

namespace ManagedDns.Output;

/// <summary>A secret that was sealed with a lost key, and is forgotten.</summary>
public sealed class LostSecretInfo
{
    /// <summary>TsigKey, TsigKeySuccessor, CookieSecret, Certificate or ZoneSigningKey.</summary>
    public required string Kind { get; init; }

    /// <summary>Of the TSIG key, or of the zone with the tag of its key; empty for what is the server's own.</summary>
    public required string Name { get; init; }

    /// <summary>How to have it again.</summary>
    public required string Remedy { get; init; }

    internal static LostSecretInfo Of(LostSecret lost) => new()
    {
        Kind = lost.Kind.ToString(),
        Name = lost.Name,
        Remedy = lost.Kind switch
        {
            LostSecretKind.TsigKey => $"Set-TsigKey -Name {lost.Name} -Secret gives it the secret that its peers have.",
            LostSecretKind.TsigKeySuccessor => "Start-TsigKeyRollover begins the rollover again.",
            LostSecretKind.CookieSecret => "Set-SecondaryServer -CookieSecret, where several servers share an address; else the server makes its own.",
            LostSecretKind.Certificate => "Set-SecondaryServer -CertificatePath -PrivateKeyPath -TlsPort gives it again.",
            _ => "The zone keeps the signatures that it has; Get-ZoneSigning shows until when they are good. Before that: Disable-ZoneSigning, have "
                + "the DS removed at the registrar, and when Get-ZoneSigning says Unsigned, Enable-ZoneSigning makes new keys.",
        },
    };

    public override string ToString() => Name.Length == 0 ? Kind : $"{Kind} {Name}";
}
