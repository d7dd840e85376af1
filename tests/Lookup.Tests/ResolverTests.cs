using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns;

namespace ManagedDns.Lookup.Tests;

/// <summary>A tree of its own on loopback addresses: root, example, and below it zones of every kind of delegation.</summary>
public sealed class ResolverTests : IDisposable
{
    private readonly TestNameServer _root;
    private readonly TestNameServer _example;
    private readonly TestNameServer _second;
    private readonly TestNameServer _child;
    private readonly LookupOptions _options;

    public ResolverTests()
    {
        _root = new TestNameServer("127.0.0.1").Serve(".", "example NS ns1.example.\nexample NS ns2.example.\nns1.example. A 127.0.0.2\nns2.example. A 127.0.0.3\n");
        var port = _root.EndPoint.Port;
        const string Example = """
            @ NS ns1
            @ NS ns2
            ns1 A 127.0.0.2
            ns2 A 127.0.0.3
            www CNAME host.child
            loop CNAME loop
            child NS ns.child
            child NS ns.else.example.
            child DS 12345 13 2 0A0B0C
            ns.child A 127.0.0.4
            ns.else A 127.0.0.4
            glueless NS ns.else
            plain NS ns.else
            noaddress NS ns.nowhere
            """;
        _example = new TestNameServer("127.0.0.2", port).Serve("example", Example);
        _second = new TestNameServer("127.0.0.3", port).Serve("example", Example);
        _child = new TestNameServer("127.0.0.4", port)
            .Serve("child.example", "@ NS ns\nns A 127.0.0.4\nhost A 192.0.2.7\nhost AAAA 2001:db8::7\ntext TXT \"\\255\\254\"\n")
            .Serve("glueless.example", "@ NS ns.else.example.\nhost A 192.0.2.8\n");
        _options = new LookupOptions { Port = port, Timeout = TimeSpan.FromSeconds(60), Tries = 1 };
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Resolver FromRoot => Resolver.FromRoot([_root.EndPoint], _options);

    public void Dispose()
    {
        _root.Dispose();
        _example.Dispose();
        _second.Dispose();
        _child.Dispose();
    }

    [Fact]
    public async Task A_host_is_found_from_the_root_down()
    {
        Assert.Equal(
            [IPAddress.Parse("192.0.2.7"), IPAddress.Parse("2001:db8::7")],
            await FromRoot.LookupAddressesAsync(DomainName.Parse("host.child.example"), Cancellation));
        Assert.Equal(["host.child.example. A", "host.child.example. AAAA"], _root.Questions);
        Assert.Equal(["host.child.example. A", "host.child.example. AAAA"], _child.Questions);
    }

    [Fact]
    public async Task An_alias_is_followed_into_another_zone()
    {
        var answer = await FromRoot.LookupAsync(DomainName.Parse("www.example"), RecordType.A, Cancellation);

        Assert.Equal("host.child.example.", Assert.Single(answer.Records(RecordType.A)).Owner.ToString());
    }

    [Fact]
    public async Task A_loop_of_aliases_ends()
    {
        var failure = await FailureOf(() => FromRoot.LookupAsync(DomainName.Parse("loop.example"), RecordType.A, Cancellation));

        Assert.Equal(FailureReason.Mismatch, failure.Reason);
    }

    [Fact]
    public async Task A_name_server_without_glue_is_looked_up()
    {
        Assert.Equal([IPAddress.Parse("192.0.2.8")], await FromRoot.LookupAddressesAsync(DomainName.Parse("host.glueless.example"), Cancellation));
    }

    [Theory]
    [InlineData("none.example", ResponseCode.NXDomain)]
    [InlineData("ns1.example", ResponseCode.NoError)]
    public async Task A_negative_answer_is_an_answer(string name, ResponseCode code)
    {
        var answer = await FromRoot.LookupAsync(DomainName.Parse(name), RecordType.MX, Cancellation);

        Assert.Equal((code, true), (answer.ResponseCode, answer.IsAuthoritative));
        Assert.Empty(answer.Answers);
        Assert.Equal("example.", Assert.Single(answer.Authorities).Owner.ToString());
    }

    [Fact]
    public async Task Octets_outside_ASCII_come_through_whole()
    {
        var answer = await FromRoot.LookupAsync(DomainName.Parse("text.child.example"), RecordType.TXT, Cancellation);

        Assert.Equal([2, 255, 254], Assert.Single(answer.Answers).Rdata.ToArray());
    }

    [Fact]
    public async Task Each_server_of_the_parent_is_asked_for_the_delegation()
    {
        var views = await FromRoot.GetParentViewsAsync(DomainName.Parse("child.example"), Cancellation);

        Assert.Equal([_example.EndPoint, _second.EndPoint], views.Select(view => view.Server));
        Assert.All(
            views,
            view =>
            {
                Assert.Null(view.Failure);
                Assert.False(view.IsFromChild);
                Assert.Equal("example.", view.Parent.ToString());
                Assert.Equal(["ns.child.example.", "ns.else.example."], view.NameServers.Select(name => name.ToString()));
                Assert.Equal("ns.child.example.", Assert.Single(view.Glue).Owner.ToString());
                Assert.Equal([0x30, 0x39, 13, 2, 10, 11, 12], Assert.Single(view.DsRecords).Rdata.ToArray());
            });
    }

    [Fact]
    public async Task The_parent_is_found_through_a_resolver_too()
    {
        // What a resolver would answer: it stands for one with a server that has both zones.
        using var resolver = new TestNameServer("127.0.0.5").Serve("example", "@ NS ns1\nns1 A 127.0.0.2\n");

        var view = Assert.Single(
            await Resolver.Using([resolver.EndPoint], _options).GetParentViewsAsync(DomainName.Parse("child.example"), Cancellation));

        Assert.Equal(_example.EndPoint, view.Server);
        Assert.Single(view.DsRecords);
    }

    [Fact]
    public async Task An_unsigned_delegation_has_no_DS_and_a_missing_one_no_name_servers()
    {
        var unsigned = (await FromRoot.GetParentViewsAsync(DomainName.Parse("plain.example"), Cancellation))[0];
        var missing = (await FromRoot.GetParentViewsAsync(DomainName.Parse("missing.example"), Cancellation))[0];

        Assert.Equal((1, 0), (unsigned.NameServers.Count, unsigned.DsRecords.Count));
        Assert.Equal((0, 0, null), (missing.NameServers.Count, missing.DsRecords.Count, missing.Failure));
        Assert.Equal("example.", missing.Parent.ToString());
    }

    [Fact]
    public async Task A_parent_server_that_has_the_zone_itself_is_told_apart()
    {
        _second.Serve("child.example", "@ NS ns\nns A 127.0.0.4\n");

        var views = await FromRoot.GetParentViewsAsync(DomainName.Parse("child.example"), Cancellation);

        Assert.Equal([false, true], views.Select(view => view.IsFromChild));
        Assert.All(views, view => Assert.Single(view.DsRecords));
    }

    [Fact]
    public async Task A_parent_server_that_fails_does_not_hide_the_others()
    {
        _second.Code = ResponseCode.ServFail;

        var views = await FromRoot.GetParentViewsAsync(DomainName.Parse("child.example"), Cancellation);

        Assert.Null(views[0].Failure);
        Assert.Equal(
            (FailureReason.ServerFailure, ResponseCode.ServFail, _second.EndPoint),
            (views[1].Failure!.Reason, views[1].Failure!.ResponseCode, views[1].Failure!.Server));
    }

    [Fact]
    public async Task The_next_server_is_asked_where_one_refuses_or_is_down()
    {
        _example.Code = ResponseCode.Refused;
        Assert.Equal(_second.EndPoint, (await FromRoot.LookupAsync(DomainName.Parse("ns1.example"), RecordType.A, Cancellation)).Server);

        _example.Dispose();
        Assert.Equal(_second.EndPoint, (await FromRoot.LookupAsync(DomainName.Parse("ns1.example"), RecordType.A, Cancellation)).Server);
    }

    [Fact]
    public async Task A_truncated_answer_is_asked_for_again_over_TCP()
    {
        _child.Truncates = true;

        var answer = await FromRoot.AskAsync(_child.EndPoint, DomainName.Parse("host.child.example"), RecordType.A, Cancellation);

        Assert.Single(answer.Answers);
        Assert.Equal(["host.child.example. A", "host.child.example. A tcp"], _child.Questions);
    }

    [Fact]
    public async Task A_delegation_without_addresses_is_told()
    {
        var failure = await FailureOf(() => FromRoot.LookupAsync(DomainName.Parse("host.noaddress.example"), RecordType.A, Cancellation));

        Assert.Equal(FailureReason.NameError, failure.Reason);
    }

    [Fact]
    public async Task A_server_that_refers_upwards_is_lame()
    {
        _child.Serve(".", "example NS ns1.example.\nns1.example. A 127.0.0.2\n");

        var failure = await FailureOf(() => FromRoot.LookupAsync(DomainName.Parse("x.plain.example"), RecordType.A, Cancellation));

        Assert.Equal((FailureReason.NotAuthoritative, _child.EndPoint), (failure.Reason, failure.Server));
    }

    [Fact]
    public async Task A_closed_port_is_told_from_silence()
    {
        var closed = new IPEndPoint(IPAddress.Parse("127.0.0.9"), _options.Port);
        var name = DomainName.Parse("example");
        Assert.Equal(FailureReason.PortClosed, (await FailureOf(() => FromRoot.AskAsync(closed, name, RecordType.NS, Cancellation))).Reason);

        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var impatient = Resolver.FromRoot([_root.EndPoint], _options with { Timeout = TimeSpan.FromMilliseconds(50), Tries = 2 });
        Assert.Equal(
            FailureReason.Timeout,
            (await FailureOf(() => impatient.AskAsync((IPEndPoint)silent.LocalEndPoint!, name, RecordType.NS, Cancellation))).Reason);
    }

    [Fact]
    public async Task Giving_up_ends_the_wait_at_once()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var patient = Resolver.FromRoot([_root.EndPoint], _options with { Timeout = TimeSpan.FromHours(1) });

        var asking = patient.AskAsync((IPEndPoint)silent.LocalEndPoint!, DomainName.Parse("example"), RecordType.NS, stop.Token);
        await silent.ReceiveAsync(new byte[512], Cancellation);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(TimeSpan.FromSeconds(30), Cancellation));
    }

    [Fact]
    public async Task A_datagram_that_answers_another_question_is_passed_over()
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var asking = FromRoot.AskAsync((IPEndPoint)server.LocalEndPoint!, DomainName.Parse("example"), RecordType.NS, Cancellation);
        var query = new byte[512];
        var received = await server.ReceiveFromAsync(query, new IPEndPoint(IPAddress.Any, 0), Cancellation);
        byte[] answer = [.. query[..2], 0x85, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. query[12..25]];

        await server.SendToAsync((byte[])[1, 2, 3], received.RemoteEndPoint, Cancellation);
        await server.SendToAsync((byte[])[(byte)~answer[0], .. answer[1..]], received.RemoteEndPoint, Cancellation);
        await server.SendToAsync((byte[])[.. answer[..13], (byte)'f', .. answer[14..]], received.RemoteEndPoint, Cancellation);
        await server.SendToAsync(answer, received.RemoteEndPoint, Cancellation);

        Assert.True((await asking).IsAuthoritative);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_read_is_malformed()
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var asking = FromRoot.AskAsync((IPEndPoint)server.LocalEndPoint!, DomainName.Parse("example"), RecordType.NS, Cancellation);
        var query = new byte[512];
        var received = await server.ReceiveFromAsync(query, new IPEndPoint(IPAddress.Any, 0), Cancellation);

        await server.SendToAsync(
            (byte[])[.. query[..2], 0x85, 0, 0, 1, 0, 9, 0, 0, 0, 0, .. query[12..25], 0xC0], received.RemoteEndPoint, Cancellation);

        Assert.Equal(FailureReason.Malformed, (await FailureOf(() => asking)).Reason);
    }

    [Fact]
    public async Task A_name_with_octets_outside_ASCII_is_refused_before_it_is_altered()
    {
        await FailureOf(() => FromRoot.AskAsync(_root.EndPoint, DomainName.Parse("\\255.example"), RecordType.A, Cancellation));

        Assert.Empty(_root.Questions);
    }

    [Fact]
    public async Task The_root_has_no_parent() =>
        Assert.Equal(FailureReason.NameError, (await FailureOf(() => FromRoot.GetParentViewsAsync(DomainName.Root, Cancellation))).Reason);

    [Fact]
    public void All_root_servers_are_known_in_both_families()
    {
        Assert.Equal(26, RootHints.Servers.Distinct().Count());
        Assert.Equal(13, RootHints.Servers.Count(server => server.AddressFamily == AddressFamily.InterNetworkV6));
    }

    [Fact]
    public void ASP_NET_is_not_needed() =>
        Assert.DoesNotContain("AspNetCore", (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!, StringComparison.Ordinal);

    private static async Task<Failure> FailureOf(Func<Task> act) => (await Assert.ThrowsAsync<DnsFailureException>(act)).Failure;
}
