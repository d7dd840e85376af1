using System.Text;
using ManagedDns.Dns.Transfer;
using ManagedDns.Engine.Refresh;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Engine.TransferOut;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Tests.TransferOut;

/// <summary>Whole zones that go out as they are kept, with what has changed since.</summary>
public sealed class KeptMessagesTests
{
    private const int Hosts = 8000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_zone_is_sent_as_it_is_kept_and_arrives_as_if_packed_anew(bool signed)
    {
        using var zone = new KeptZone(Zone());
        var sent = zone.Send(signed ? KeptZone.Key : null);
        Assert.Equal(KeptZone.RecordsOf(zone.Contents), sent.Records);
        Assert.Equal(zone.Store.Read(1, ContentKind.Primary).Count(), sent.Messages, 1.0);
        Assert.True(signed || sent.AsKept >= sent.Messages - 2);
    }

    [Fact]
    public void After_a_small_change_only_the_first_message_and_those_that_it_touches_are_packed_anew()
    {
        using var zone = new KeptZone(Zone());
        var chunks = zone.Store.Read(1, ContentKind.Primary).Count();
        zone.Change("host4000 A 10.0.15.160", "host4000 A 10.99.99.99\nhost4000x A 10.99.99.98");
        var sent = Check(zone);
        Assert.InRange(sent.AsKept, chunks - 4, chunks - 2);
    }

    [Fact]
    public void Changes_of_changes_arrive_once_each_with_the_newest_SOA_before_and_after_a_restart()
    {
        using var zone = new KeptZone(Zone());
        zone.Change("", "new A 192.0.2.1\nhost10 TXT x");
        zone.Change("new A 192.0.2.1", "new A 192.0.2.2");
        zone.Change("host10 TXT x\nhost11 A 10.0.0.11", "");
        zone.Change("", "host11 A 10.0.0.11\nnew TXT again");
        zone.Change("new TXT again\nnew A 192.0.2.2", "");
        var before = Check(zone);
        zone.Restart();
        Assert.Equal(before, Check(zone) with { Records = before.Records });
        Assert.Equal(12u, before.Serial);
    }

    [Theory]
    [InlineData("host4000 A 10.0.15.160", "host4000 60 A 10.0.15.160")]
    [InlineData("host4000 A 10.0.15.160", "HOST4000 A 10.0.15.160")]
    [InlineData("@ NS ns1", "@ NS ns1.example.net.")]
    [InlineData("www A 192.0.2.80", "www CNAME host1")]
    [InlineData("", "0 A 192.0.2.1\nzzz A 192.0.2.1\n* TXT everything\nbelow.host4000 A 192.0.2.1")]
    [InlineData("", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A")]
    public void Any_kind_of_change_arrives(string deleted, string added)
    {
        using var zone = new KeptZone(Zone());
        zone.Change(deleted, added);
        Assert.NotEqual(0, Check(zone).AsKept);
        zone.Restart();
        Check(zone);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(5, false)]
    [InlineData(5, true)]
    public void A_version_whose_chunks_are_rewritten_while_it_is_sent_arrives_whole(int messages, bool signed)
    {
        using var zone = new KeptZone(Zone());
        zone.Change("host77 A 10.0.0.77", "host3000 TXT x");
        using var sent = zone.Contents.Share();
        var received = zone.Send(signed ? KeptZone.Key : null, before =>
        {
            if (before == messages)
            {
                zone.Change("host5000 A 10.0.19.136", "");
                zone.Write();
            }
        });
        Assert.Equal(8u, received.Serial);
        Assert.Equal(KeptZone.RecordsOf(sent), received.Records);
        Check(zone);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(15)]
    [InlineData(16)]
    public void What_is_damaged_of_the_chunks_comes_from_memory(int number)
    {
        using var zone = new KeptZone(Zone());
        zone.Change("", "new A 192.0.2.1");
        zone.Store.Cut(1, number);
        var sent = Check(zone);
        Assert.True(number < 2 ? sent.AsKept == 0 : sent.AsKept >= number - 2);
    }

    [Fact]
    public void Versions_sent_at_the_same_time_do_not_mix()
    {
        using var zone = new KeptZone(Zone());
        zone.Change("", "host100 TXT one");
        using var older = new KeptZone.KeptTransfer(zone, null);
        var olderRecords = KeptZone.RecordsOf(zone.Contents);
        older.SendNext();
        zone.Change("host100 TXT one", "host200 TXT two");
        using var newer = new KeptZone.KeptTransfer(zone, KeptZone.Key);
        while (!older.IsDone || !newer.IsDone)
        {
            foreach (var transfer in new[] { older, newer }.Where(transfer => !transfer.IsDone))
            {
                transfer.SendNext();
            }
        }

        Assert.Equal(olderRecords, older.Sent.Records);
        Assert.Equal(KeptZone.RecordsOf(zone.Contents), newer.Sent.Records);
        Assert.Equal((8u, 9u), (older.Sent.Serial, newer.Sent.Serial));
    }

    [Fact]
    public void Records_of_one_owner_that_fill_many_messages_arrive_once_each_wherever_the_change_is()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 1500; i++)
        {
            text.Append(null, $"fat TXT \"{i:d200}\"\nthin{i} A 10.0.{i / 256}.{i % 256}\n@ TXT \"{i:d200}\"\n");
        }

        var changes = new[] { ("", "fas TXT x"), ("", "fat A 192.0.2.1"), ("", "fau TXT x"), ("thin0 A 10.0.0.0", ""), ("www A 192.0.2.80", "") };
        foreach (var (deleted, added) in changes)
        {
            using var zone = new KeptZone(TestZone.Build(TestZone.Text(7, text.ToString())));
            zone.Change(deleted, added);
            Check(zone);
            zone.Restart();
            Check(zone);
        }
    }

    [Fact]
    public void Chunks_that_are_not_the_versions_own_are_not_sent_for_it_to_the_end()
    {
        using var zone = new KeptZone(Zone());
        zone.Change("", "host4000 TXT one");
        var step = zone.Chunks.OnTop[0];
        using var body = new KeptMessages(zone.Contents, new(zone.Chunks.Set, [step with { Chunks = [] }]), zone.Store);
        var packer = new TransferPacker();
        Assert.Throws<InvalidDataException>(() =>
        {
            while (!body.IsDone)
            {
                packer.Begin(1, 0);
                body.Fill(packer);
            }
        });
    }

    [Fact]
    public void Chunks_are_given_up_when_too_much_has_changed_or_the_way_from_them_is_not_known()
    {
        using var zone = TestZone.Build(TestZone.Text(1));
        var set = new ChunkSet(0, 5);
        Difference Step(uint from, uint to, long records) => new(from, to, [], records, 0);
        var before = new KeptVersion(zone, Journal.Empty, new(set, [Step(0, 1, 4)]));
        Assert.Equal([0, 1], new KeptChunks(set, [Step(1, 2, 4)]).After(before, 8 * 256)!.OnTop.Select(step => step.FromSerial));
        Assert.Null(new KeptChunks(set, [Step(1, 2, 5)]).After(before, 8 * 256));
        Assert.Null(new KeptChunks(set, [Step(2, 3, 1)]).After(before, 8 * 256));
        Assert.Null(new KeptChunks(new(0, 6), [Step(1, 2, 1)]).After(before, 8 * 256));
        Assert.Null(new KeptChunks(set, [Step(1, 2, 1)]).After(null, 8 * 256));
        Assert.Null(new KeptChunks(set, [Step(1, 2, 1)]).After(before with { Chunks = null }, 8 * 256));
        Assert.NotNull(new KeptChunks(new(0, 6), []).After(null, 1));
    }

    private static KeptZone.Sent Check(KeptZone zone)
    {
        var sent = zone.Send();
        Assert.Equal(zone.Contents.Serial, sent.Serial);
        Assert.Equal(KeptZone.RecordsOf(zone.Contents), sent.Records);
        return sent;
    }

    private static ZoneContents Zone() => TestZone.Build(Text());

    private static string Text()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Hosts; i++)
        {
            text.Append(null, $"host{i} A 10.0.{i / 256}.{i % 256}\n");
            if (i % 7 == 0)
            {
                text.Append(null, $"Host{i} MX 10 host{i}\nHost{i} A 10.0.0.1\nHost{i} A 10.255.{i / 256}.2\n");
                text.Append(null, $"Host{i} TXT \"{new string('x', 100)}\"\n");
            }
        }

        return TestZone.Text(7, text.ToString());
    }
}
