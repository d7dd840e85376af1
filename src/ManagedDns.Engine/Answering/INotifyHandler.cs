using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;

namespace ManagedDns.Engine.Answering;

/// <summary>A NOTIFY (RFC 1996, RFC 9859) that was well formed and, where signed, verified.</summary>
/// <param name="Type">SOA; CDS and CSYNC are generalised notifications.</param>
/// <param name="Serial">The serial of the SOA in the answer section, a hint only; null where there was none.</param>
/// <param name="Key">The key that signed it; null when it came unsigned.</param>
public sealed record Notification(DomainName Zone, RecordType Type, uint? Serial, IPEndPoint From, TsigKey? Key);

/// <summary>Takes NOTIFY messages. Called on the threads that answer queries: it must return at once and be thread-safe.</summary>
public interface INotifyHandler
{
    /// <summary>The response code to answer with: NoError when taken up, NotAuth for a zone that is not ours, Refused for a sender that may not.</summary>
    ResponseCode Take(Notification notification);
}
