using System.Diagnostics.CodeAnalysis;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Client;

/// <summary>What an authoritative server says of a zone: its SOA record, and how the answer came.</summary>
/// <param name="Record">The record as it came.</param>
/// <param name="RoundTrip">From the try that was answered to its answer.</param>
/// <param name="ClockSkew">The other clock minus ours as its TSIG tells, to the second; null for an unsigned answer.</param>
public sealed record SoaAnswer(Soa Soa, ResourceRecord Record, TimeSpan RoundTrip, DnsTransport Transport, TimeSpan? ClockSkew)
{
    public uint Serial => Soa.Serial;

    /// <summary>The key that signed both ways; null: none.</summary>
    public TsigKey? Key { get; init; }

    /// <summary>How long the server itself would serve the zone without its primary (RFC 7314); null: it did not say.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    internal static bool TryRead(
        DnsResponse response, DomainName zone, FailureText text, [NotNullWhen(true)] out SoaAnswer? answer, [NotNullWhen(false)] out Failure? failure)
    {
        answer = null;
        failure = null;
        if (response.Code != ResponseCode.NoError)
        {
            failure = text.ForCode(response.Code);
            return false;
        }

        if (!response.IsAuthoritative)
        {
            failure = text.NotAuthoritative();
            return false;
        }

        Span<byte> scratch = stackalloc byte[MessageReader.ScratchLength];
        var reader = new MessageReader(response.Message.Span, scratch);
        while (reader.TryReadRecord(out var record))
        {
            if (reader.Section == MessageSection.Answer && answer is null && record.Type == RecordType.SOA && WireName.Equals(record.Owner, zone.Wire)
                && Soa.TryRead(record.Rdata, out var soa))
            {
                answer = new SoaAnswer(soa, ResourceRecord.From(record), response.RoundTrip, response.Transport, response.ClockSkew) { Key = response.Key };
            }
            else if (answer is not null && record.Type == RecordType.OPT && reader.Section == MessageSection.Additional)
            {
                answer = answer with { ExpiresIn = EdnsOption.ReadExpire(record.Rdata) };
            }
        }

        if (answer is not null)
        {
            return true;
        }

        failure = text.Make(
            FailureReason.MissingSoa, $"{text.Server} answers with authority, but {text.Zone} has no SOA record there.",
            $"{text.Zone} is probably a name inside another zone: give the zone's own name.");
        return false;
    }
}
