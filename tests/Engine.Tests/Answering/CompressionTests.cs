using System.Text;
using CsCheck;
using ManagedDns.Dns;

namespace ManagedDns.Engine.Tests.Answering;

/// <summary>Names in the RDATA of answers: as short as what lies before them in the message permits, and read back as they were.</summary>
public sealed class CompressionTests : IDisposable
{
    private const string Apex = "@ 60 SOA ns1 h 1 2 3 4 5\n@ 60 NS ns1\n";
    private const int Header = 12;
    private const int TypeAndClass = 4;
    private const int RecordHeader = 12;
    private const int Pointer = 2;

    private readonly Answers _answers = new();

    public void Dispose() => _answers.Dispose();

    [Fact]
    public void Servers_below_the_cut_end_in_a_pointer_to_it_and_their_glue_points_to_them()
    {
        _answers.Add("example", Apex + "sub 60 NS ns1.sub\nsub 60 NS ns2.sub\nns1.sub 60 A 192.0.2.1\nns2.sub 60 A 192.0.2.2\n");

        var reply = _answers.Ask("www.sub.example", RecordType.A, size: 512);

        Assert.Equal(["sub.example. 60 NS ns1.sub.example.", "sub.example. 60 NS ns2.sub.example."], reply.Authority);
        Assert.Equal(["ns1.sub.example. 60 A 192.0.2.1", "ns2.sub.example. 60 A 192.0.2.2"], reply.Additional);
        Assert.Equal(Header + "3www3sub7example0".Length + TypeAndClass + (2 * (RecordHeader + "3ns1".Length + Pointer)) + (2 * (RecordHeader + 4)), reply.Message.Length);
    }

    [Fact]
    public void A_server_that_is_asked_for_itself_is_a_pointer_to_the_question()
    {
        _answers.Add("example", Apex + "sub 60 NS ns1.sub\nns1.sub 60 A 192.0.2.1\n");

        var reply = _answers.Ask("ns1.sub.example", RecordType.A, size: 512);

        Assert.Equal(["sub.example. 60 NS ns1.sub.example."], reply.Authority);
        Assert.Equal(Header + "3ns13sub7example0".Length + TypeAndClass + RecordHeader + Pointer + RecordHeader + 4, reply.Message.Length);
    }

    [Fact]
    public void Servers_elsewhere_end_in_a_pointer_to_the_one_before()
    {
        _answers.Add("example", Apex + "sub 60 NS ns1.host.test.\nsub 60 NS ns2.host.test.\nsub 60 NS ns3.dns.test.\n");

        var reply = _answers.Ask("sub.example", RecordType.A, size: 512);

        Assert.Equal(["sub.example. 60 NS ns1.host.test.", "sub.example. 60 NS ns2.host.test.", "sub.example. 60 NS ns3.dns.test."], reply.Authority.Order());
        Assert.Equal(
            Header + "3sub7example0".Length + TypeAndClass + (3 * RecordHeader) + "3ns14host4test0".Length + "3ns2".Length + Pointer + "3ns33dns4test0".Length,
            reply.Message.Length);
    }

    [Fact]
    public void Mail_exchangers_and_servers_in_an_answer_are_compressed_too()
    {
        _answers.Add("example", Apex + "@ 60 NS ns2\nns1 60 A 192.0.2.1\n@ 60 MX 10 mail\n@ 60 MX 20 example.\nptr 60 PTR www\n");

        Assert.Equal(Header + "7example0".Length + TypeAndClass + (2 * (RecordHeader + "3ns1".Length + Pointer)) + RecordHeader + 4,
            _answers.Ask("example", RecordType.NS, size: 512).Message.Length);
        Assert.Equal(Header + "7example0".Length + TypeAndClass + (2 * (RecordHeader + 2 + Pointer)) + "4mail".Length,
            _answers.Ask("example", RecordType.MX, size: 512).Message.Length);
        Assert.Equal(Header + "3ptr7example0".Length + TypeAndClass + RecordHeader + "3www".Length + Pointer,
            _answers.Ask("ptr.example", RecordType.PTR, size: 512).Message.Length);
    }

    [Fact]
    public void A_name_written_in_another_case_is_not_pointed_to()
    {
        _answers.Add("example", Apex + "sub 60 NS ns1.SUB.example.\n");

        Assert.Equal(["sub.example. 60 NS ns1.SUB.example."], _answers.Ask("www.sub.example", RecordType.A).Authority);
        Assert.Equal(["Sub.Example. 60 NS ns1.SUB.example."], _answers.Ask("www.Sub.Example", RecordType.A).Authority);
        Assert.Equal(["SUB.example. 60 NS ns1.SUB.example."], _answers.Ask("www.SUB.example", RecordType.A).Authority);
    }

    [Fact]
    public void Octets_that_only_look_like_the_labels_of_a_name_are_not_pointed_to()
    {
        // The first server's label holds the octets of the second server's name.
        _answers.Add("example", Apex + "sub 60 NS a\\003abc\\002de.\nsub 60 NS abc.de.\n");

        Assert.Equal(["sub.example. 60 NS a\\003abc\\002de.", "sub.example. 60 NS abc.de."], _answers.Ask("sub.example", RecordType.A).Authority.Order());
        Assert.Equal(Header + "3sub7example0".Length + TypeAndClass + (2 * RecordHeader) + "8a3abc2de0".Length + "3abc2de0".Length,
            _answers.Ask("sub.example", RecordType.A, size: 512).Message.Length);
    }

    [Fact]
    public void Whatever_the_names_of_servers_share_they_are_read_as_they_were()
    {
        string[] labels = ["a", "b", "A", "ab", "sub", "example", "test"];
        var label = Gen.Int[0, labels.Length - 1].Select(i => labels[i]);
        var target = label.Array[0, 6].Select(parts => string.Join('.', parts) + ".");

        Gen.Select(target.Array[1, 8], label.Array[0, 3], Gen.Bool).Sample((targets, below, isCut) =>
        {
            var owner = isCut ? "sub.example." : "example.";
            var text = new StringBuilder("@ 60 SOA ns1 h 1 2 3 4 5\n");
            text.Append(isCut ? "@ 60 NS ns1\n" : "");
            foreach (var server in targets)
            {
                text.Append($"{owner} 60 NS {server}\n");
            }

            _answers.Add("example", text.ToString());
            var reply = _answers.Ask(isCut ? string.Join('.', [.. below, owner]) : owner, RecordType.NS);

            var expected = targets.Distinct(StringComparer.Ordinal).Select(server => $"{owner} 60 NS {server}").Order(StringComparer.Ordinal);
            Assert.Equal(expected, (isCut ? reply.Authority : reply.Answer).Order(StringComparer.Ordinal));
        }, iter: 3_000, threads: 1);
    }
}
