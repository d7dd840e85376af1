using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Tests.Zones;
using ManagedDns.Engine.TransferOut;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Tests.Answering;

/// <summary>RFC 8914: why an answer is none, to those who speak EDNS.</summary>
public sealed class ExtendedErrorTests : IDisposable
{
    private readonly Answers _answers = Answers.From("example", ZoneFiles.Soa);

    public void Dispose() => _answers.Dispose();

    [Theory]
    [InlineData("elsewhere", RecordType.A, ExtendedErrorCode.NotAuthoritative)]
    [InlineData("example", RecordType.NXNAME, ExtendedErrorCode.InvalidQueryType)]
    [InlineData("example", RecordType.SOA, null)]
    [InlineData("none.example", RecordType.SOA, null)]
    public void A_query_is_told_what_is_wrong_with_it(string name, RecordType type, ExtendedErrorCode? error)
    {
        Assert.Equal(error, _answers.Ask(name, type).ExtendedError);
        Assert.False(_answers.Ask(name, type, size: 512).HasEdns);
    }

    [Theory]
    [InlineData(UnavailableReason.InvalidData, ExtendedErrorCode.InvalidData)]
    [InlineData(UnavailableReason.NotReady, ExtendedErrorCode.NotReady)]
    public void A_zone_that_is_not_served_tells_why(UnavailableReason reason, ExtendedErrorCode error)
    {
        _answers.Zones.SetUnavailable(DomainName.Parse("example"), reason);

        Assert.Equal((ResponseCode.ServFail, (ExtendedErrorCode?)error), Outcome(_answers.Ask("example", RecordType.SOA)));
    }

    [Theory]
    [InlineData(ResponseCode.Refused, ExtendedErrorCode.Prohibited)]
    [InlineData(ResponseCode.NotAuth, ExtendedErrorCode.NotAuthoritative)]
    [InlineData(ResponseCode.NoError, null)]
    public void A_NOTIFY_is_told_why_it_is_not_taken(ResponseCode code, ExtendedErrorCode? error)
    {
        using var answers = new Answers(new Judge(code));
        var notify = Answers.Query("example", RecordType.SOA, edns: true);
        notify[2] = (int)Opcode.Notify << 3;

        Assert.Equal((code, error), Outcome(answers.Ask(notify)));
    }

    [Theory]
    [InlineData(ResponseCode.Refused, ExtendedErrorCode.Prohibited)]
    [InlineData(ResponseCode.NotAuth, ExtendedErrorCode.NotAuthoritative)]
    [InlineData(ResponseCode.ServFail, ExtendedErrorCode.NotReady)]
    public void A_transfer_is_told_why_it_is_not_given(ResponseCode code, ExtendedErrorCode error)
    {
        var longest = DomainName.Parse(string.Join('.', Enumerable.Repeat("a", 127)));
        var request = new TransferRequest(default, 7, longest, RecordType.AXFR, null, new IPEndPoint(IPAddress.Loopback, 1), null, default);

        var plain = TransferAnswer.Denial(request, code, DateTimeOffset.UnixEpoch).Span;
        var extended = TransferAnswer.Denial(request with { HasEdns = true }, code, DateTimeOffset.UnixEpoch).Span;

        Assert.False(new Reply(plain[2..].ToArray()).HasEdns);
        Assert.Equal((code, (ExtendedErrorCode?)error), Outcome(new Reply(extended[2..].ToArray())));
        Assert.Equal(extended.Length - 2, extended[0] << 8 | extended[1]);
    }

    private static (ResponseCode, ExtendedErrorCode?) Outcome(Reply reply) => (reply.Code, reply.ExtendedError);

    private sealed class Judge(ResponseCode code) : INotifyHandler
    {
        public ResponseCode Take(Notification notification) => code;
    }
}
