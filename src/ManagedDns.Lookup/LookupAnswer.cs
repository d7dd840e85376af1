using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

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

    /// <exception cref="DnsFailureException">It cannot be read.</exception>
    internal static LookupAnswer Read(ReadOnlySpan<byte> message, IPEndPoint server, DomainName name, RecordType type)
    {
        List<ResourceRecord> answers = [], authorities = [], additionals = [];
        var reader = new MessageReader(message, stackalloc byte[MessageReader.ScratchLength]);
        var code = reader.Header.ResponseCode;
        while (reader.TryReadQuestion(out _))
        {
        }

        while (reader.TryReadRecord(out var record))
        {
            if (record.Type == RecordType.OPT)
            {
                code = EdnsHeader.From(record).ResponseCode(code);
                continue;
            }

            var section = reader.Section switch
            {
                MessageSection.Answer => answers,
                MessageSection.Authority => authorities,
                _ => additionals,
            };
            section.Add(ResourceRecord.From(record));
        }

        return reader.Error == MessageError.None
            ? new LookupAnswer(server, name, type, code, reader.Header.IsAuthoritative, answers, authorities, additionals)
            : throw new DnsFailureException(new(
                FailureReason.Malformed, server, $"The answer of {server} to {name} cannot be read ({reader.Error}).", "Check what answers at that address."));
    }
}
