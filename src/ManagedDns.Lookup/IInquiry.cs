using System.Net;
using ManagedDns.Dns;

namespace ManagedDns.Lookup;

/// <summary>How one question is put to one server.</summary>
public interface IInquiry
{
    /// <exception cref="DnsFailureException">There is no answer, or none that can be read. A response code is an answer.</exception>
    Task<LookupAnswer> AskAsync(IPEndPoint server, DomainName name, RecordType type, bool wantsRecursion, CancellationToken cancellation);
}
