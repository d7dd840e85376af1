using System.Buffers.Binary;
using ManagedDns.Dns;
using ManagedDns.Dns.Client;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Tests.Kit;
using ManagedDns.Model;
using ManagedDns.TestKit;
using static ManagedDns.Dns.FailureReason;
using static ManagedDns.Model.TransferKind;

namespace ManagedDns.Engine.Tests.Refresh;

/// <summary>
/// What primaries get wrong, a row each. We hold serial 1, the primary announces serial 2 and misbehaves; whatever it does, we serve a whole version, store why the
/// transfer failed, try next what can help, and take serial 3 as soon as the primary is well again.
/// </summary>
public class MisbehavingPrimaryTests
{
    private const uint Old = 1;
    private const uint New = 2;

    private static readonly TransferLimits s_impatient = new() { Idle = TimeSpan.FromSeconds(3) };
    private static readonly Dictionary<string, Row> s_rows = Rows().ToDictionary(row => row.Name);

    public static TheoryData<string> Names => [.. s_rows.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_primary_that(string misbehaves)
    {
        var row = s_rows[misbehaves];
        await using var primary = ScriptedServer.Start(Good(Old));
        await using var server = await TestServer.StartAsync(
            TestServer.Secondary(new Remote(primary.EndPoint, row.Signed ? TestServer.Key : null)), limits: row.Limits);
        await server.HasSerialAsync(Old);
        var before = server.Observed.Transfers.Count;

        primary.Script = row.Change(Good(New));
        server.Take(RequestKind.TransferZone);
        await server.Observed.WaitForTransfersAsync(reports => reports.Count >= before + row.Attempts.Length);
        var attempts = server.Observed.Transfers.Skip(before).Take(row.Attempts.Length).Select(report => (report.Kind, report.Failure?.Reason ?? None));
        Assert.Equal(row.Attempts, attempts);
        var status = await server.Observed.WaitAsync(TestServer.ZoneId, seen => seen.State is ZoneState.UpToDate or ZoneState.Waiting or ZoneState.SerialRegressed
            && (row.Failure == None ? seen.LastFailure is null && seen.PublishedSerial == row.Serves : seen.LastFailure is not null));
        Assert.Equal(row.Failure, status.LastFailure?.Reason ?? None);
        Assert.Equal(row.Serves, await server.ServedSerialAsync());
        if (status.LastFailure is { } failure)
        {
            Assert.Equal(primary.EndPoint, failure.Server);
            Assert.NotEmpty(failure.Remedy);
            Assert.InRange(status.NextRefresh!.Value - status.LastCheck!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        }

        // In one message: a transfer of several may be too slow for the row that gives no time at all.
        primary.Script = Good(3) with { Differences = null, RecordsPerMessage = 100 };
        server.Take(RequestKind.TransferZone);
        await server.HasSerialAsync(3);
        Assert.Equal(3u, await server.ServedSerialAsync());
    }

    private static IEnumerable<Row> Rows()
    {
        // Whatever is asked for, it goes wrong: the differences, then at once the whole zone.
        yield return Always("answers under another id", Mismatch, Misbehaviour.WrongId);
        yield return Always("answers another question", Mismatch, Misbehaviour.WrongQuestion);
        yield return Always("answers without the question", Mismatch, Misbehaviour.NoQuestion);
        yield return Always("sends a message cut short", Malformed, Misbehaviour.CutShort);
        yield return Always("sends garbage", Malformed, Misbehaviour.Garbage);
        yield return Always("sends a name that points to itself", Malformed, PointToSelf);
        yield return Always("sends a name that points ahead", Malformed, message => Point(message, ahead: true));
        yield return Always("sends octets behind the last record", Malformed, message => [.. message, 0]);
        yield return Always("counts more records than it sends", Malformed, message => Set(message, MessageHeader.AnswerCountOffset, 99));
        yield return Always("sends a message shorter than a header", Malformed, message => message[..5]);
        yield return Always("sends an empty message", Malformed, _ => []);
        yield return Always("sends a query instead of an answer", Mismatch, message => Flag(message, 2, 0x80, 0));
        yield return Always("answers with another opcode", Mismatch, message => Flag(message, 2, 0x78, 0x20));
        yield return Always("answers in another class", Mismatch, message => Set(message, MessageHeader.Length + TestZone.Name.Wire.Length + 2, (ushort)RecordClass.CH));
        yield return Always("answers another type", Mismatch, message => Set(message, MessageHeader.Length + TestZone.Name.Wire.Length, (ushort)RecordType.A));
        yield return Always("says that a message is truncated", Truncated, Misbehaviour.TruncatedFlag, at: 1);
        yield return Always("leaves out the opening SOA", MissingSoa, Misbehaviour.NoOpeningSoa);
        yield return Always("sends nothing in the first message", MissingSoa, Misbehaviour.EmptyMessage);
        yield return Always("closes with another serial", MissingSoa, Misbehaviour.OtherClosingSoa) with { Change = WholeZoneOnly(Misbehaviour.OtherClosingSoa) };
        yield return Always("leaves out the closing SOA and hangs up", ConnectionClosed, Misbehaviour.NoClosingSoa);
        yield return Always("goes on behind the closing SOA", Malformed, Misbehaviour.RecordsAfterEnd) with { Change = WholeZoneOnly(Misbehaviour.RecordsAfterEnd, perMessage: 100) };
        yield return Always("sends a record of another zone", OutOfZone, Misbehaviour.OutOfZoneRecord, at: 1);
        yield return Always("sends a record of another class", Mismatch, Misbehaviour.WrongClass, at: 1);
        yield return Always("says SERVFAIL in mid-stream", ServerFailure, Misbehaviour.RcodeInMidStream, at: 1);
        yield return Always("hangs up at once", ConnectionClosed, Misbehaviour.ClosesAtOnce);
        yield return Always("hangs up in mid-stream", ConnectionClosed, Misbehaviour.ClosesInMidStream, at: 1);
        yield return Always("hangs up inside a message", ConnectionClosed, Misbehaviour.ClosesInsideMessage, at: 1);
        yield return Always("resets the connection in mid-stream", ConnectionClosed, Misbehaviour.ResetInMidStream, at: 1);
        yield return Always("sends empty messages without end", Malformed, Misbehaviour.EndlessEmptyMessages) with { Change = WholeZoneOnly(Misbehaviour.EndlessEmptyMessages) };
        yield return Always("sends a zone without end", TooLarge, Misbehaviour.EndlessRecords) with { Limits = new() { MaxRecords = 1_000 } };
        yield return new(
            "sends more than there is memory for", false,
            script => script with { Differences = null, RecordsPerMessage = 100, TransferRecords = [.. Zone(New), .. Records(Hosts(2_000)), Soa(New)] },
            [(Ixfr, TooLarge), (Axfr, TooLarge)], TooLarge)
        {
            Limits = new() { MaxMemory = 20_000 },
        };
        yield return Always("drips", TooSlow, Misbehaviour.Drips) with { Attempts = [(Ixfr, TooSlow)], Limits = new() { RateGrace = TimeSpan.Zero, MinimumRate = 1_000_000_000_000 } };
        yield return Always("refuses the transfer", Refused, Misbehaviour.None) with { Change = script => script with { TransferCode = ResponseCode.Refused } };

        // TSIG.
        yield return Signed("alters a message", BadSignature, Misbehaviour.AlteredMessage, at: 1);
        yield return Signed("signs a message wrongly", BadSignature, Misbehaviour.AlteredMac, at: 1);
        yield return Signed("loses a message", BadSignature, Misbehaviour.LostMessage, at: 1) with { Change = WholeZoneOnly(Misbehaviour.LostMessage, at: 1) };

        // What the whole zone cannot help either is not asked for.
        yield return Signed("does not sign from some message on", NotSigned, Misbehaviour.NeverSignedAgain, at: 1) with { Attempts = [(Ixfr, NotSigned)] };
        yield return Signed("does not sign at all", NotSigned, Misbehaviour.IgnoresTsig) with { Attempts = [(Ixfr, NotSigned)] };
        yield return Always("falls silent in mid-stream", FailureReason.Timeout, Misbehaviour.SilenceInMidStream, at: 1) with { Attempts = [(Ixfr, FailureReason.Timeout)], Limits = s_impatient };
        yield return Always("is silent", FailureReason.Timeout, Misbehaviour.Silence) with { Attempts = [(Ixfr, FailureReason.Timeout)], Limits = s_impatient };

        // Differences that are no good; the whole zone heals it.
        yield return Healed("deletes what is not there", Mismatch, "www A 192.0.2.99", "www A 192.0.2.98");
        yield return Healed("adds what is there", Mismatch, null, "www A 192.0.2.80");
        yield return Healed("adds other data to a CNAME", RejectedContent, null, "www CNAME ns1");
        yield return Healed("deletes the NS records of the apex", RejectedContent, "@ NS ns1", null);
        yield return Healed("adds a name of another zone", OutOfZone, null, "elsewhere.test. A 192.0.2.1");
        yield return Healed("offers differences from a serial that we do not have", MissingSoa, [Soa(New), Soa(7), Soa(New), Soa(New)]);
        yield return Healed("leaves a gap between two sequences", MissingSoa, [Soa(New), Soa(Old), Soa(7), Soa(8), Soa(New), Soa(New)]);
        yield return Healed("goes on behind its differences", Malformed, [Soa(New), Soa(Old), Soa(New), Soa(New), Soa(New)]);
        yield return Healed("refuses differences", Refused, script => script with { IxfrCode = ResponseCode.Refused });
        yield return Healed("knows no differences", NotImplemented, script => script with { IxfrCode = ResponseCode.NotImp });
        yield return Healed("does not understand IXFR", FormatError, script => script with { IxfrCode = ResponseCode.FormErr });
        yield return Healed("sends a newer SOA alone and falls silent", MissingSoa, [Soa(New)]) with { Limits = s_impatient };

        // What looks odd and is right.
        yield return Right("answers an IXFR with the whole zone", Axfr, New, null);
        yield return Right("sends two sequences", Ixfr, New, [Soa(New), Soa(Old), Soa(9), .. Records("a A 192.0.2.1"), Soa(9), .. Records("a A 192.0.2.1"), Soa(New), Soa(New)]);
        yield return Right("sends one record a message", Ixfr, New, Differences(Old, New), perMessage: 1);
        yield return new("is from before EDNS", false, script => script with { KnowsNoEdns = true }, [(Ixfr, None)], None, New);
        yield return Right("has the old version behind a load balancer", Ixfr, Old, [Soa(Old)]);
        yield return Right("changes the TTL of one record of an RRset", Ixfr, New, [Soa(New), Soa(Old), Soa(New), .. Records("www 60 A 192.0.2.81"), Soa(New)]);

        // Its serial went back between the question and the transfer.
        yield return new(
            "sends an older version than it announced", false, script => script with { Differences = null, TransferRecords = Zone(uint.MaxValue) },
            [(Axfr, SerialRegressed)], SerialRegressed);
    }

    private static Row Always(string name, FailureReason reason, Misbehaviour misbehaviour, int at = 0) => new(
        name, false, script => script with { Misbehaviour = misbehaviour, FaultyMessage = at, OnlyInTransfers = true }, [(Ixfr, reason), (Axfr, reason)], reason);

    private static Row Always(string name, FailureReason reason, Func<byte[], byte[]> tamper) =>
        new(name, false, script => script with { Tamper = tamper }, [(Ixfr, reason), (Axfr, reason)], reason);

    private static Row Signed(string name, FailureReason reason, Misbehaviour misbehaviour, int at = 0) => Always(name, reason, misbehaviour, at) with { Signed = true };

    private static Row Healed(string name, FailureReason reason, Func<ServerScript, ServerScript> change) =>
        new(name, false, change, [(Ixfr, reason), (Axfr, None)], None, New);

    private static Row Healed(string name, FailureReason reason, IReadOnlyList<ResourceRecord> differences) =>
        Healed(name, reason, script => script with { Differences = differences, RecordsPerMessage = 100 });

    private static Row Healed(string name, FailureReason reason, string? deleted, string? added) =>
        Healed(name, reason, [Soa(New), Soa(Old), .. Records(deleted ?? ""), Soa(New), .. Records(added ?? ""), Soa(New)]);

    private static Row Right(string name, TransferKind kind, uint serves, IReadOnlyList<ResourceRecord>? differences, int perMessage = 100) =>
        new(name, false, script => script with { Differences = differences, RecordsPerMessage = perMessage }, [(kind, None)], None, serves);

    /// <summary>For what can be wrong with a whole zone only: the answer to an IXFR is one too.</summary>
    private static Func<ServerScript, ServerScript> WholeZoneOnly(Misbehaviour misbehaviour, int at = 0, int perMessage = 2) => script => script with
    {
        Misbehaviour = misbehaviour,
        FaultyMessage = at,
        OnlyInTransfers = true,
        Differences = null,
        RecordsPerMessage = perMessage,
    };

    private static ServerScript Good(uint serial) => new(TestZone.Name, Zone(serial))
    {
        Keys = [TestServer.Key],
        RecordsPerMessage = 2,
        Differences = Differences(Old, serial),
    };

    private static List<ResourceRecord> Zone(uint serial) => TestZone.Records(TestZone.Text(serial));

    private static List<ResourceRecord> Records(string text) => TestZone.Records(text);

    private static string Hosts(int count) => string.Join('\n', Enumerable.Range(0, count).Select(host => $"host{host} A 192.0.2.1"));

    private static ResourceRecord Soa(uint serial) => Zone(serial)[0];

    private static List<ResourceRecord> Differences(uint from, uint to) =>
        [Soa(to), Soa(from), .. Records("www A 192.0.2.80"), Soa(to), .. Records("www A 192.0.2.81\nnew A 192.0.2.82"), Soa(to)];

    private static byte[] Set(byte[] message, int offset, ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(offset), value);
        return message;
    }

    private static byte[] Flag(byte[] message, int offset, byte clear, byte set)
    {
        message[offset] = (byte)((message[offset] & ~clear) | set);
        return message;
    }

    private static byte[] PointToSelf(byte[] message) => Point(message, ahead: false);

    /// <summary>The first record's owner becomes a pointer to itself, or to what comes after it.</summary>
    private static byte[] Point(byte[] message, bool ahead)
    {
        var owner = MessageHeader.Length + TestZone.Name.Wire.Length + 4;
        return Set(message, owner, (ushort)(0xC000 | (ahead ? owner + 12 : owner)));
    }

    /// <param name="Change">From a good script with serial 2 to the bad one.</param>
    /// <param name="Attempts">The transfers that follow, in order, and why each failed.</param>
    /// <param name="Failure">What the zone's status tells at the end.</param>
    private sealed record Row(
        string Name, bool Signed, Func<ServerScript, ServerScript> Change, (TransferKind, FailureReason)[] Attempts, FailureReason Failure, uint Serves = Old)
    {
        public TransferLimits Limits { get; init; } = TransferLimits.Default;
    }
}
