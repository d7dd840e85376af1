using ManagedDns.Dns;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Cookies;
using ManagedDns.Engine.RateLimiting;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.Tests.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.Answering;

/// <summary>No plain query costs the collector anything, whatever its answer is; those that are signed with TSIG may.</summary>
public sealed class AllocationTests : IDisposable
{
    private const string Zone = """
        @ 60 SOA ns1 h 1 2 3 4 5
        @ 60 NS ns1
        ns1 60 A 192.0.2.1
        alias 60 CNAME alias2
        alias2 60 CNAME ns1
        moved 60 DNAME @
        *.wild 60 A 192.0.2.2
        cut 60 NS ns.cut
        ns.cut 60 A 192.0.2.3
        $GENERATE 1-100 large 60 A 192.0.2.$

        """;

    private readonly AnswerContext _context = new();
    private readonly byte[] _buffer = GC.AllocateArray<byte>(4096 + AnswerContext.Slack, pinned: true);
    private readonly Answers _answers = new();

    public AllocationTests()
    {
        using var plain = ZoneFiles.Build("example", Zone);
        using var nsec = FakeSigner.Sign("nsec", Zone);
        using var nsec3 = FakeSigner.Sign("nsec3", Zone, nsec3: true);
        foreach (var zone in new[] { plain, nsec, nsec3 })
        {
            _answers.Zones.Publish(zone);
        }

        _answers.Processor.Options = AnsweringOptions.Default with
        {
            NodeName = "node",
            Cookies = new ServerCookies(CookieSettings.Default, (uint)_answers.Time.GetUtcNow().ToUnixTimeSeconds()),
            RateLimiter = new ResponseRateLimiter(new RateLimitSettings(RateLimitSettings.MaxResponsesPerSecond)),
        };
    }

    public static TheoryData<string, RecordType, ResponseCode> Kinds => new()
    {
        { "ns1", RecordType.A, ResponseCode.NoError }, { "ns1", RecordType.TXT, ResponseCode.NoError }, { "none", RecordType.A, ResponseCode.NXDomain },
        { "alias", RecordType.A, ResponseCode.NoError }, { "ns1.moved", RecordType.A, ResponseCode.NoError }, { "x.wild", RecordType.A, ResponseCode.NoError },
        { "x.wild", RecordType.TXT, ResponseCode.NoError }, { "www.cut", RecordType.A, ResponseCode.NoError }, { "cut", RecordType.DS, ResponseCode.NoError },
        { "ns1", RecordType.ANY, ResponseCode.NoError }, { "large", RecordType.A, ResponseCode.NoError }, { "wild", RecordType.A, ResponseCode.NoError },
        { "ns1", RecordType.MAILB, ResponseCode.NotImp },
    };

    public void Dispose()
    {
        _context.Dispose();
        _answers.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_kind_of_answer_allocates(string name, RecordType type, ResponseCode code)
    {
        byte[] options = [0, 3, 0, 0, 0, 9, 0, 0, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 19, 0, 0];
        foreach (var zone in new[] { "example", "nsec", "nsec3" })
        {
            Check(Answers.Query($"{name}.{zone}", type), code);
            Check(Answers.Query($"{name}.{zone}", type, edns: true, dnssec: true), code);
            Check(Answers.Query($"{name}.{zone}", type, edns: true, options: options), code);
        }
    }

    [Fact]
    public void No_refusal_and_no_error_allocates()
    {
        var query = Answers.Query("ns1.example", RecordType.A, edns: true);
        Check(Answers.Query("elsewhere", RecordType.A), ResponseCode.Refused);
        Check([.. query, 0], ResponseCode.FormErr);
        Check([.. query[..2], 0x30, .. query[3..]], ResponseCode.NotImp);
        Check([.. query[..^5], 1, .. query[^4..]], ResponseCode.NoError);
    }

    private void Check(byte[] query, ResponseCode code)
    {
        var length = 0;
        var allocated = Allocations.UsualOf(() =>
        {
            query.CopyTo(_buffer, 0);
            length = _answers.Processor.Answer(_context, _buffer, query.Length, Transport.Udp, Answers.Client, out _);
        });

        Assert.NotEqual(0, length);
        Assert.Equal(code, (ResponseCode)(_buffer[3] & 15));
        Assert.Equal(0, allocated);
    }
}
