using System.Buffers.Binary;
using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Integration.Tests.Parents;

/// <summary>The daemon tells whom the parent's DSYNC record names of new CDS (RFC 9859); Knot and BIND serve the parent, with the record as RFC 3597 writes it.</summary>
public sealed class NotifyParentTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_parent_is_told_when_the_CDS_ask_for_a_DS_and_when_they_ask_for_its_end()
    {
        await using var scanner = Scanner();
        await using var family = await Family.StartAsync(Cancellation, parentRecords: Dsync(scanner, "child._dsync.example."));

        var status = await family.ComesToAsync(status => status is { State: SigningState.WaitingForDs, ParentTold: not null }, Cancellation);
        Assert.Null(status.Failure);
        Assert.NotEmpty(Told(scanner));
        Assert.Equal(1, family.TimesTold);
        Assert.Single(await family.AskAsync(RecordType.CDS, Cancellation));

        var key = Assert.Single(family.Keys).Public;
        await family.DelegateAsync(0, Cancellation, key);
        await family.DelegateAsync(1, Cancellation, key);
        status = await family.ComesToAsync(status => status.State == SigningState.Signed, Cancellation);
        Assert.Null(status.ParentTold);
        Assert.Equal(1, family.TimesTold);

        family.Store.ZoneSignings.BeginEnd(family.Zone);
        await family.ComesToAsync(status => status is { State: SigningState.WaitingForDsRemoval, ParentTold: not null }, Cancellation);
        Assert.Equal(2, family.TimesTold);
    }

    [Fact]
    public async Task A_target_that_says_no_is_told_in_the_state_and_the_DS_is_waited_for_all_the_same()
    {
        await using var scanner = Scanner(ResponseCode.Refused);
        await using var family = await Family.StartAsync(Cancellation, parentRecords: Dsync(scanner, "_dsync.example."));

        var status = await family.ComesToAsync(status => status is { State: SigningState.WaitingForDs, Failure: not null }, Cancellation);
        Assert.Equal((FailureReason.Refused, scanner.EndPoint), (status.Failure!.Reason, status.Failure.Server));
        Assert.Contains("NOTIFY(CDS)", status.Failure.Message);
        Assert.Contains("Set-SigningPolicy -NotifyParent:$false", status.Failure.Remedy);
        Assert.Null(status.ParentTold);

        var key = Assert.Single(family.Keys).Public;
        await family.DelegateAsync(0, Cancellation, key);
        await family.DelegateAsync(1, Cancellation, key);
        await family.ComesToAsync(status => status is { State: SigningState.Signed, Failure: null }, Cancellation);
    }

    [Fact]
    public async Task A_policy_without_it_tells_nobody()
    {
        await using var scanner = Scanner();
        await using var family = await Family.StartAsync(
            Cancellation, parentRecords: Dsync(scanner, "child._dsync.example."), policy: policy => policy with { NotifyParent = false });

        await family.ComesToAsync(status => status is { State: SigningState.WaitingForDs, WaitingFor: { } what } && what.Contains("ns2"), Cancellation);
        var key = Assert.Single(family.Keys).Public;
        await family.DelegateAsync(0, Cancellation, key);
        await family.DelegateAsync(1, Cancellation, key);
        await family.ComesToAsync(status => status.State == SigningState.Signed, Cancellation);

        Assert.Empty(Told(scanner));
    }

    private static ScriptedServer Scanner(ResponseCode code = ResponseCode.NoError) =>
        ScriptedServer.Start(new(Family.Child, []) { Code = code });

    private static List<ReceivedRequest> Told(ScriptedServer scanner) =>
        [.. scanner.Requests.Where(request => request is { Opcode: Opcode.Notify, Type: RecordType.CDS } && request.Name == Family.Child)];

    private static string Dsync(ScriptedServer scanner, string owner)
    {
        var port = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(port, (ushort)scanner.EndPoint.Port);
        byte[] rdata = [0, (byte)RecordType.CDS, 1, .. port, .. DomainName.Parse("scanner.example").Wire];
        return $"{owner} 1 IN TYPE66 \\# {rdata.Length} {Convert.ToHexString(rdata)}\nscanner.example. 1 IN A 127.0.0.1";
    }
}
