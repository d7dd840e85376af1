using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Benchmarks;

/// <summary>Queries for each kind of answer.</summary>
internal static class QueryMaker
{
    public static byte[] Make(AnswerKind kind, Random random, bool dnssec)
    {
        var name = kind switch
        {
            AnswerKind.Host or AnswerKind.NoData => BenchmarkZone.Host(random.Next(BenchmarkZone.Hosts)),
            AnswerKind.NXDomain => BenchmarkZone.Host(random.Next(BenchmarkZone.Hosts)) + "x",
            AnswerKind.Referral => "www." + BenchmarkZone.Cut(random.Next(BenchmarkZone.Cuts)),
            AnswerKind.Wildcard => $"n{random.Next()}.any",
            AnswerKind.Alias => "alias",
            _ => "www",
        };
        var apex = kind == AnswerKind.Refused ? "elsewhere." : BenchmarkZone.Apex.ToString();
        var buffer = new byte[512];
        var writer = new MessageWriter(buffer, (ushort)random.Next(65536), 0);
        writer.TryWriteQuestion(DomainName.Parse($"{name}.{apex}").Wire, kind == AnswerKind.NoData ? RecordType.MX : RecordType.A, RecordClass.IN);
        if (dnssec)
        {
            writer.TryWriteOpt(new EdnsHeader(EdnsHeader.DefaultPayloadSize, DnssecOk: true));
        }

        return buffer[..writer.Length];
    }

    public static bool IsAnsweredAs(AnswerKind kind, ReadOnlySpan<byte> answer)
    {
        MessageHeader.TryRead(answer, out var header);
        return kind switch
        {
            AnswerKind.Host or AnswerKind.Wildcard => header is { ResponseCode: ResponseCode.NoError, AnswerCount: > 0, IsAuthoritative: true },
            AnswerKind.Alias => header is { ResponseCode: ResponseCode.NoError, AnswerCount: > 1 },
            AnswerKind.NoData => header is { ResponseCode: ResponseCode.NoError, AnswerCount: 0, AuthorityCount: > 0, IsAuthoritative: true },
            AnswerKind.NXDomain => header is { ResponseCode: ResponseCode.NXDomain, AuthorityCount: > 0 },
            AnswerKind.Referral => header is { ResponseCode: ResponseCode.NoError, AuthorityCount: > 1, IsAuthoritative: false },
            _ => header.ResponseCode == ResponseCode.Refused,
        };
    }
}
