using System.Net;
using ManagedDns.Dns;

namespace ManagedDns.Lookup;

/// <summary>What one server answered to one question.</summary>
/// <param name="Authorities">The authority section: a referral's NS records, or the SOA of a negative answer.</param>
/// <param name="Additionals">The additional section without OPT: the glue of a referral.</param>
public sealed record LookupAnswer(
    IPEndPoint Server, DomainName Name, RecordType Type, ResponseCode ResponseCode, bool IsAuthoritative,
    IReadOnlyList<ResourceRecord> Answers, IReadOnlyList<ResourceRecord> Authorities, IReadOnlyList<ResourceRecord> Additionals)
{
    /// <summary>The records of the answer section that have this type, whoever owns them: an alias may have been followed.</summary>
    public IEnumerable<ResourceRecord> Records(RecordType type) => Answers.Where(record => record.Type == type);

    /// <summary>The zone cut that the server refers to, or null where it does not refer elsewhere.</summary>
    internal DomainName? Referral =>
        ResponseCode == ResponseCode.NoError && !IsAuthoritative && Answers.Count == 0 ? Authorities.FirstOrDefault(record => record.Type == RecordType.NS)?.Owner : null;
}
