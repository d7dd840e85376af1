using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Benchmarks;

/// <summary>Queries for each kind of answer.</summary>
internal static class QueryMaker
{
    public static byte[] Make(AnswerKind kind, Random random, bool dnssec)
    {
        var (name, type) = kind switch
        {
            AnswerKind.NoData => (BenchmarkZone.Host(random.Next(BenchmarkZone.Hosts)), RecordType.MX),
            AnswerKind.Any => (BenchmarkZone.Host(random.Next(BenchmarkZone.Hosts)), RecordType.ANY),
            AnswerKind.NXDomain => (BenchmarkZone.Host(random.Next(BenchmarkZone.Hosts)) + "x", RecordType.A),
            AnswerKind.Referral => ("www." + BenchmarkZone.Cut(random.Next(BenchmarkZone.Cuts)), RecordType.A),
            AnswerKind.Wildcard => ($"n{random.Next()}.any", RecordType.A),
            AnswerKind.Alias => ("alias", RecordType.A),
            AnswerKind.Redirection => (BenchmarkZone.Host(random.Next(BenchmarkZone.Hosts)) + ".moved", RecordType.A),
            AnswerKind.Truncated => ("large", RecordType.TXT),
            AnswerKind.Refused => ("www", RecordType.A),
            _ => (BenchmarkZone.Host(random.Next(BenchmarkZone.Hosts)), RecordType.A),
        };
        var apex = kind == AnswerKind.Refused ? "elsewhere." : BenchmarkZone.Apex.ToString();
        var buffer = new byte[512];
        var writer = new MessageWriter(buffer, (ushort)random.Next(65536), 0);
        writer.TryWriteQuestion(DomainName.Parse($"{name}.{apex}").Wire, type, RecordClass.IN);
        if (dnssec)
        {
            writer.TryWriteOpt(new EdnsHeader(EdnsHeader.DefaultPayloadSize, DnssecOk: true));
        }

        // An octet too many is how a message is broken that is a query otherwise.
        return buffer[..(writer.Length + (kind == AnswerKind.Malformed ? 1 : 0))];
    }

    public static bool IsAnsweredAs(AnswerKind kind, ReadOnlySpan<byte> answer)
    {
        MessageHeader.TryRead(answer, out var header);
        return kind switch
        {
            AnswerKind.Host or AnswerKind.Wildcard or AnswerKind.Any => header is { ResponseCode: ResponseCode.NoError, AnswerCount: > 0, IsAuthoritative: true },
            AnswerKind.Alias => header is { ResponseCode: ResponseCode.NoError, AnswerCount: > 2 },
            AnswerKind.Redirection => header is { ResponseCode: ResponseCode.NoError, AnswerCount: > 2 },
            AnswerKind.NoData => header is { ResponseCode: ResponseCode.NoError, AnswerCount: 0, AuthorityCount: > 0, IsAuthoritative: true },
            AnswerKind.NXDomain => header is { ResponseCode: ResponseCode.NXDomain, AuthorityCount: > 0 },
            AnswerKind.Referral => header is { ResponseCode: ResponseCode.NoError, AuthorityCount: > 1, IsAuthoritative: false },
            AnswerKind.Truncated => header is { ResponseCode: ResponseCode.NoError, IsTruncated: true },
            AnswerKind.Malformed => header.ResponseCode == ResponseCode.FormErr,
            _ => header.ResponseCode == ResponseCode.Refused,
        };
    }
}
