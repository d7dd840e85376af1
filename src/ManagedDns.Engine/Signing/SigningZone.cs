using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.Updates;
using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>What the signer knows of one zone. The part above the line is changed under the zone's gate, the rest by the zone's one run at a time.</summary>
internal sealed class SigningZone(ZoneSigning setting) : IDisposable
{
    private readonly Dictionary<DnsKey, SigningKey> _open = [];

    public ZoneSigning Setting { get; set; } = setting;

    /// <summary>The received owners that changed since the last run; null: not known, compare all.</summary>
    public HashSet<DomainName>? Changed { get; set; }

    public bool IsRunning { get; set; }

    public bool RunAgain { get; set; }

    public ITimer? Timer { get; set; }

    /// <summary>The store has other keys than those known here.</summary>
    public bool ReloadsKeys { get; set; }

    /// <summary>A run is near at hand, that others who want one can wait for.</summary>
    public bool WakesSoon { get; set; }

    /// <summary>The zone comes signed by others: what was received is served.</summary>
    public bool ServesReceived { get; set; }

    /// <summary>The serial that was served unsigned before; null: none was.</summary>
    public uint? ServedSerial { get; set; }

    /// <summary>Of which keys somebody wants successors: of those that the DS names or of the others, and whether they are compromised.</summary>
    public HashSet<(bool IsSecureEntryPoint, bool IsCompromised)> Replace { get; } = [];

    // ----

    public IReadOnlyList<ZoneKey>? Keys { get; set; }

    public DsObservation? Ds { get; set; }

    public DateTimeOffset NextDsLook { get; set; }

    /// <summary>The parent has not been seen yet to have what the CDS ask for.</summary>
    public bool IsAsking { get; set; } = !setting.ForeignKeys.IsEmpty;

    /// <summary>The primary's serial of which the version served was made; null: not known, after a start.</summary>
    public uint? MadeOf { get; set; }

    /// <summary>What the version served carries of other zones.</summary>
    public IReadOnlyList<ResourceRecord> Signals { get; set; } = [];

    public ParentNews News { get; } = new();

    /// <summary>Not later than the first signature ends; null: not known yet.</summary>
    public DateTimeOffset? FirstExpiration { get; set; }

    /// <summary>When it is told again that the zone cannot be signed.</summary>
    public DateTimeOffset NextAlarm { get; set; }

    public TimeSpan LongestTtl { get; set; }

    public SigningStatus Status { get; set; } = new(setting.ZoneId, SigningState.Unsigned);

    public void Show(SigningStatus status, SecondaryZone zone, ZonePublisher publisher)
    {
        Status = status;
        publisher.Tell(zone, status);
    }

    /// <summary>A private key ready for use; opened once.</summary>
    public SigningKey Open(ZoneKey key)
    {
        if (!_open.TryGetValue(key.Public, out var open))
        {
            _open.Add(key.Public, open = new(key.Public, key.Pkcs8.ToArray()));
        }

        return open;
    }

    public void Dispose()
    {
        Timer?.Dispose();
        foreach (var key in _open.Values)
        {
            key.Dispose();
        }
    }
}
