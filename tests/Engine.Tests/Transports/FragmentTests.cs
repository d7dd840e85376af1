using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Tests.Answering;
using ManagedDns.Engine.Tests.Zones;
using ManagedDns.Engine.Transports;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Tests.Transports;

/// <summary>No answer is ever sent in fragments (RFC 9715): what the sockets are told, what leaves, and what comes of an answer that a link does not take.</summary>
public sealed partial class FragmentTests : IDisposable
{
    private const string LinuxOnly = "Linux tells by socket options and namespaces of its own.";

    private readonly ZoneTable _zones = new();
    private readonly QueryProcessor _processor;

    public FragmentTests()
    {
        using var zone = ZoneFiles.Build("example", ZoneFiles.Soa + "www 60 A 192.0.2.80\n$GENERATE 1-60 big 60 A 192.0.2.$\n");
        _zones.Publish(zone);
        _processor = new QueryProcessor(_zones, TimeProvider.System);
    }

    public static TheoryData<string, bool> Transports => new()
    {
        { "127.0.0.1", false }, { "127.0.0.1", true }, { "::1", false }, { "::1", true }, { "0.0.0.0", false }, { "0.0.0.0", true }, { "::", false }, { "::", true },
    };

    public void Dispose() => _zones.Dispose();

    [Theory]
    [MemberData(nameof(Transports))]
    public void Every_UDP_socket_sends_whole_datagrams_or_none_and_believes_no_ICMP(string address, bool portable)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), LinuxOnly);
        using var transport = UdpTransport.Start(new IPEndPoint(IPAddress.Parse(address), 0), _processor, threads: 3, portable);

        var modes = Kernel.UdpSocketsOn(transport.EndPoint).Select(Kernel.PathMtuMode).ToList();

        Assert.Equal(Enumerable.Repeat(Kernel.Probe, portable ? 1 : 3), modes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Answers_leave_with_DF_set(bool portable)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), LinuxOnly);
        Kernel.OpenWire().Dispose();

        // In a network of its own: what other tests send might leave no room for the answer in what is listened with.
        var done = InNarrowNetwork(mtu: 65536, () =>
        {
            using var wire = Kernel.OpenWire();
            using var transport = UdpTransport.Start(new IPEndPoint(IPAddress.Loopback, 0), _processor, threads: 1, portable);
            using var client = Client(transport.EndPoint);
            client.Send(Answers.Query("big.example", RecordType.A, edns: true));
            Assert.InRange(client.Receive(new byte[4096]), 900, 1232);

            var packet = new byte[65536];
            Span<byte> header;
            do
            {
                header = packet.AsSpan(0, wire.Receive(packet));
            }
            while ((header[20] << 8 | header[21]) != transport.EndPoint.Port);

            const byte DontFragment = 0x40;
            Assert.Equal(DontFragment, header[6]);
            Assert.Equal(0, header[7]);
        });
        Assert.SkipUnless(done, "Only root may make networks.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_answer_that_a_narrow_link_does_not_take_is_sent_truncated_and_the_others_as_they_are(bool portable)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), LinuxOnly);
        var replies = new List<Reply>();
        var done = InNarrowNetwork(mtu: 600, () =>
        {
            using var transport = UdpTransport.Start(new IPEndPoint(IPAddress.Loopback, 0), _processor, threads: 1, portable);
            using var client = Client(transport.EndPoint);
            foreach (var (name, edns) in new[] { ("www.example", true), ("big.example", true), ("www.example", false) })
            {
                client.Send(Answers.Query(name, RecordType.A, edns));
                var buffer = new byte[4096];
                replies.Add(new Reply(buffer[..client.Receive(buffer)]));
            }
        });

        Assert.SkipUnless(done, "Only root may make networks.");
        Assert.Single(replies[0].Answer);
        Assert.True(replies[1].Header.IsTruncated);
        Assert.True(replies[1].HasEdns);
        Assert.Empty(replies[1].Answer);
        Assert.Equal("big.example.", replies[1].Question);
        Assert.Single(replies[2].Answer);
    }

    [Fact]
    public void What_is_signed_or_has_nothing_left_to_cut_is_not_shortened()
    {
        using var context = new AnswerContext();
        using var answers = Answers.From("example", ZoneFiles.Soa);
        var empty = answers.AskRaw(Answers.Query("other", RecordType.A, edns: true, options: []));
        var signed = answers.AskRaw(Answers.Query("example", RecordType.SOA, edns: true)).ToList();
        byte[] tsig = [0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 0];
        signed.AddRange(tsig);
        signed[11]++;

        Assert.Equal(0, TruncatedCopy.LeaveQuestion(empty, context));
        Assert.Equal(0, TruncatedCopy.LeaveQuestion([.. signed], context));
        Assert.Equal(0, TruncatedCopy.LeaveQuestion(new byte[MessageHeader.Length], context));
    }

    private static Socket Client(IPEndPoint server)
    {
        var client = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 120_000 };
        client.Connect(server);
        return client;
    }

    /// <summary>Runs an action on a thread whose network, and that of the threads that it starts, is a loopback interface of its own. False where that is not permitted.</summary>
    private static bool InNarrowNetwork(int mtu, Action action)
    {
        var made = false;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            made = Kernel.TryEnterNewNetwork(mtu);
            if (made)
            {
                failure = Record.Exception(action);
            }
        });
        thread.Start();
        thread.Join();
        Assert.Null(failure);
        return made;
    }

    /// <summary>What .NET has no names for.</summary>
    private static unsafe partial class Kernel
    {
        /// <summary>IP_PMTUDISC_PROBE: DF set, and what ICMP says of the path is not believed.</summary>
        public const int Probe = 3;

        private const int NewNetwork = 0x40000000;
        private const int SetFlags = 0x8914;
        private const int SetMtu = 0x8922;
        private const short Up = 1;

        public static List<int> UdpSocketsOn(IPEndPoint endPoint)
        {
            var found = new List<int>();
            var address = stackalloc byte[28];
            foreach (var descriptor in Directory.GetFiles("/proc/self/fd").Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture)))
            {
                int length = 28, type = 0, size = sizeof(int);
                if (NameOf(descriptor, address, &length) == 0 && GetOption(descriptor, 1, 3, &type, &size) == 0 && type == 2
                    && *(ushort*)address == (endPoint.AddressFamily == AddressFamily.InterNetwork ? 2 : 10) && (address[2] << 8 | address[3]) == endPoint.Port)
                {
                    found.Add(descriptor);
                }
            }

            return found;
        }

        public static int PathMtuMode(int descriptor)
        {
            var address = stackalloc byte[28];
            int length = 28, mode = -1, size = sizeof(int);
            Assert.Equal(0, NameOf(descriptor, address, &length));
            var isIPv4 = *(ushort*)address == 2;
            Assert.Equal(0, GetOption(descriptor, isIPv4 ? 0 : 41, isIPv4 ? 10 : 23, &mode, &size));
            return mode;
        }

        /// <summary>All that arrives over UDP on the loopback interface, from its IP header on.</summary>
        public static Socket OpenWire()
        {
            try
            {
                var wire = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Udp) { ReceiveTimeout = 120_000 };
                wire.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                return wire;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
            {
                Assert.Skip("Only root may see packets.");
                throw;
            }
        }

        public static bool TryEnterNewNetwork(int mtu)
        {
            if (Unshare(NewNetwork) != 0)
            {
                return false;
            }

            using var any = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            var request = stackalloc byte[40];
            "lo"u8.CopyTo(new Span<byte>(request, 2));
            var descriptor = (int)any.SafeHandle.DangerousGetHandle();
            *(int*)(request + 16) = mtu;
            Assert.Equal(0, Control(descriptor, SetMtu, request));
            *(int*)(request + 16) = Up;
            Assert.Equal(0, Control(descriptor, SetFlags, request));
            return true;
        }

        [LibraryImport("libc", EntryPoint = "getsockname")]
        private static partial int NameOf(int socket, byte* address, int* length);

        [LibraryImport("libc", EntryPoint = "getsockopt")]
        private static partial int GetOption(int socket, int level, int option, int* value, int* length);

        [LibraryImport("libc", EntryPoint = "ioctl")]
        private static partial int Control(int descriptor, nuint request, byte* argument);

        [LibraryImport("libc", EntryPoint = "unshare")]
        private static partial int Unshare(int flags);
    }
}
