using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;

namespace ManagedDns.Integration.Tests.Peers;

/// <summary>A zone that a peer serves: from <paramref name="Text"/> (a master file) as primary; without it as secondary of <see cref="PeerSetup.Primary"/>.</summary>
public sealed record PeerZone(DomainName Name, string? Text)
{
    /// <summary>Whether the file has the name that printed examples give it.</summary>
    public bool IsPasted { get; init; }

    /// <summary>Whether PowerDNS follows the zone as a catalog; the others are told in what is pasted.</summary>
    public bool IsCatalog { get; init; }

    /// <summary>The zone's name without the final dot, as file names and PowerDNS want it.</summary>
    public string Label => Name.ToDisplayString();

    /// <summary>The zone's file in the peer's folder: plain letters, whatever the zone's name is.</summary>
    public string FileName => IsPasted ? $"{Label}.zone" : $"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Name.Wire))[..16]}.zone";
}

/// <summary>What BIND and NSD need for transfers over TLS (RFC 9103), in PEM.</summary>
/// <param name="Authority">Who issued the other side's certificate.</param>
/// <param name="PrimaryName">The name in the certificate of <see cref="PeerSetup.Primary"/>.</param>
public sealed record PeerTls(string Certificate, string Key, string Authority, string PrimaryName)
{
    /// <summary>Whether secondary zones come over TLS.</summary>
    public bool FollowsOverTls { get; init; }

    /// <summary>Whether it shows its own certificate to its primary.</summary>
    public bool ShowsCertificate { get; init; }
}

/// <summary>What a peer is told in its configuration.</summary>
public sealed record PeerSetup(params IReadOnlyList<PeerZone> Zones)
{
    /// <summary>Signs transfers and NOTIFY, and is required for transfers from the peer. Without one, loopback may transfer unsigned.</summary>
    public TsigKey? Key { get; init; }

    /// <summary>Whether the peer lets anyone transfer.</summary>
    public bool AllowTransfer { get; init; } = true;

    /// <summary>Whom the peer tells of new versions.</summary>
    public IPEndPoint? NotifyTarget { get; init; }

    /// <summary>Where the peer listens, when that must be known before it starts; otherwise it picks a free port.</summary>
    public IPEndPoint? ListenOn { get; init; }

    /// <summary>
    /// What Get-PrimaryConfigurationExample printed: it then says alone which zones, keys, permissions and targets there are, as if an operator had pasted
    /// it behind what a fresh installation has.
    /// </summary>
    public string? Pasted { get; init; }

    /// <summary>Makes and verifies the peer's DNS cookies, which it then demands where it can: 32 hexadecimal digits. PowerDNS has none.</summary>
    public string? CookieSecret { get; init; }

    /// <summary>Null: it neither serves nor asks over TLS. A primary then transfers over TLS only.</summary>
    public PeerTls? Tls { get; init; }

    /// <summary>Where secondary zones come from.</summary>
    public IPEndPoint? Primary { get; init; }
}
