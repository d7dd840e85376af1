using ManagedDns.Dns;
using ManagedDns.Dns.Dnssec;
using ManagedDns.Dns.Presentation;
using ManagedDns.Integration.Tests.Asking;
using ManagedDns.Integration.Tests.Peers;
using ManagedDns.TestKit.Validation;

namespace ManagedDns.Integration.Tests.Answers;

/// <summary>The answers of zones that others' tools have signed, each validated by itself: every signature, and every denial record for what it is needed.</summary>
public sealed class ValidationTests
{
    private static readonly string[] s_templates = ["everything", "apexwild", "apexdname", "tiny", "parent", "child.parent", "hidden.parent", "root"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Signing.Nsec, false)]
    [InlineData(Signing.Nsec, true)]
    [InlineData(Signing.Nsec3, false)]
    [InlineData(Signing.Nsec3, true)]
    [InlineData(Signing.OptOut, false)]
    [InlineData(Signing.OptOut, true)]
    public async Task Each_answer_proves_what_it_says_by_good_signatures_and_has_no_record_too_many(Signing signing, bool withLdns)
    {
        foreach (var together in new[] { s_templates[..^1], s_templates[^1..] })
        {
            var zones = together.Select(template => new AnswerZone(template, signing) { WithLdns = withLdns }).ToList();
            if (together.Length > 1)
            {
                zones.Add(new AnswerZone("other", Signing.Plain));
            }

            await ValidateAsync(zones);
        }
    }

    [Fact]
    public async Task An_altered_signature_or_a_missing_denial_is_noticed()
    {
        var zone = new AnswerZone("tiny", Signing.Nsec);
        var text = new PeerZone(zone.Origin, await zone.TextAsync(Cancellation));
        await using var ours = await EngineUnderTest.StartAsync([text]);
        var validator = new ResponseValidator([Known(text)]);
        var query = new Query(zone.Origin.Prepend("nothing"u8), RecordType.A) { DnssecOk = true };
        var reply = (await Exchange.UdpAsync(ours.EndPoint, query, Cancellation))!;
        var octets = reply.Message.ToArray();

        Assert.Null(validator.Validate(query.Name, query.Type, reply.ResponseCode, octets));
        Assert.Contains("prove", validator.Validate(query.Name.Prepend("another"u8).Parent.Parent, query.Type, reply.ResponseCode, octets));
        for (var i = octets.Length - 12; i > octets.Length - 60; i -= 7)
        {
            octets[i] ^= 1;
            Assert.NotNull(validator.Validate(query.Name, query.Type, reply.ResponseCode, octets));
            octets[i] ^= 1;
        }
    }

    private static async Task ValidateAsync(IReadOnlyList<AnswerZone> zones)
    {
        var texts = new List<PeerZone>();
        foreach (var zone in zones)
        {
            texts.Add(new PeerZone(zone.Origin, await zone.TextAsync(Cancellation)));
        }

        await using var ours = await EngineUnderTest.StartAsync(texts);
        var validator = new ResponseValidator([.. texts.Select(Known)]);
        foreach (var text in texts.Where(text => Known(text).Keys is not null))
        {
            var queries = QueryPlan.For(text.Name, [.. Records(text).Select(AsReply)]).Where(query => query.DnssecOk).ToList();
            var replies = await Exchange.WholeAsync(ours.EndPoint, queries, Cancellation);
            var wrong = queries.Select((query, i) => validator.Validate(query.Name, query.Type, replies[i].ResponseCode, replies[i].Message))
                .Where(one => one is not null).ToList();
            Assert.True(wrong.Count == 0, $"{wrong.Count} of {queries.Count} answers are not proven, the first ones:\n{string.Join('\n', wrong.Take(5))}");
        }
    }

    private static ValidatedZone Known(PeerZone zone)
    {
        var keys = Records(zone).Where(record => record.Type == RecordType.DNSKEY).Select(record => DnsKey.TryRead(record.Rdata.Span)!).ToList();
        return new ValidatedZone(zone.Name, keys.Count == 0 ? null : keys);
    }

    private static List<ResourceRecord> Records(PeerZone zone)
    {
        var records = new List<ResourceRecord>();
        using var reader = ZoneFileReader.FromText(zone.Text!, zone.Name);
        while (reader.Read())
        {
            records.Add(ResourceRecord.From(reader.Current));
        }

        return records;
    }

    private static ReplyRecord AsReply(ResourceRecord record) =>
        new(record.Owner, record.Type, record.Class, record.Ttl, CanonicalRdata.Hex(record.Type, record.Rdata.Span));
}
