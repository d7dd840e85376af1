using System.Buffers.Binary;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Cookies;
using ManagedDns.Engine.RateLimiting;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Answering;

/// <summary>
/// Bytes in, bytes out: answers every message that arrives, whatever the transport. The response is composed behind the client's own question, where the query
/// lay. A plain query allocates nothing, takes no lock and throws nothing. Thread-safe; each thread brings an <see cref="AnswerContext"/>.
/// </summary>
/// <param name="notify">Null: NOTIFY is refused.</param>
/// <param name="acceptsTransfers">Whether AXFR and IXFR over TCP are handed back to the transport as a <see cref="TransferRequest"/>; else they are refused.</param>
public sealed unsafe class QueryProcessor(ZoneTable zones, TimeProvider time, INotifyHandler? notify = null, bool acceptsTransfers = false)
{
    private AnsweringOptions _options = AnsweringOptions.Default;

    /// <summary>Told of a defect met while answering, on the thread that answered; the queries in hand stay without answer. Null: it ends the process.</summary>
    public Action<Exception>? Faulted { get; init; }

    /// <summary>May be replaced at any time.</summary>
    public AnsweringOptions Options
    {
        get => Volatile.Read(ref _options);
        set => Volatile.Write(ref _options, value);
    }

    internal ZoneTable Zones => zones;

    internal TimeProvider Time => time;

    /// <summary>Answers one message.</summary>
    /// <param name="buffer">The message; then the response. Over UDP at least 4096 octets, over TCP 65,535, and <see cref="AnswerContext.Slack"/> more.</param>
    /// <param name="length">The octets of the message.</param>
    /// <param name="transfer">Set when the message is a transfer request to be handed to the <see cref="ITransferOutHandler"/>; there is no response then.</param>
    /// <returns>The octets of the response; 0: nothing is sent.</returns>
    public int Answer(AnswerContext context, Span<byte> buffer, int length, Transport transport, IPEndPoint client, out TransferRequest? transfer)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(client);
        fixed (byte* message = buffer)
        {
            var address = stackalloc byte[16];
            client.Address.TryWriteBytes(new Span<byte>(address, 16), out var addressLength);
            var peer = new Peer(address, addressLength, client.Port);
            var query = context.Query;
            QueryReader.Read(query, message, length, transport);
            var now = time.GetUtcNow();
            if (IsPlain(query))
            {
                transfer = null;
                var options = Options;
                return AnswerFromZones(context, query, Capacity(buffer.Length, transport), peer, Moment.Of(time, now, options), options);
            }

            return AnswerOther(context, query, Capacity(buffer.Length, transport), peer, now, out transfer);
        }
    }

    /// <summary>Whether a message is answered from the zones and nothing more, so that a batch of them can go together.</summary>
    internal static bool IsPlain(Query* query) =>
        query->Verdict == QueryVerdict.Answer && !query->HasTsig && query->HasQuestion && query->Class is RecordClass.IN or RecordClass.ANY
        && (uint)(query->Type - RecordType.TKEY) > RecordType.MAILA - RecordType.TKEY && query->Type is not (RecordType.OPT or RecordType.NXNAME);

    /// <summary>Finds a plain query's zone. To be called, as what follows, while reading (<see cref="ReaderEpochs"/>).</summary>
    internal static void Locate(Query* query, ZoneDirectory* directory)
    {
        query->Name.Node = null;
        query->Name.Locate(directory, query->Type);
    }

    /// <summary>Answers a plain query that has been located and whose name has come down to its leaf.</summary>
    /// <param name="capacity">The longest message that the buffer takes, at least the longest response.</param>
    internal static int AnswerPlain(
        AnswerContext context, Query* query, ZoneDirectory* directory, int capacity, Peer peer, Moment now, AnsweringOptions options)
    {
        var cookie = CheckCookie(query, options, peer, now);
        if (cookie == CookieVerdict.Malformed)
        {
            query->Code = ResponseCode.FormErr;
            return AnswerError(query, capacity, peer, now, options);
        }

        // Header and question are there whatever the client takes.
        var limit = Math.Max(query->QuestionEnd, Limit(query, options, capacity) - EdnsResponse.Reserve(query, options));
        var response = Response.Begin(query->Message, query->QuestionEnd, query->Message + limit);
        var truncated = false;
        Compose(context, query, &response, directory);
        if (response.IsOverfull)
        {
            Shrink(context, query, &response, directory, limit, out truncated);
        }

        return Finish(query, &response, options, cookie, peer, now, truncated);
    }

    /// <summary>Answers what is no plain query: errors, CH, NOTIFY, transfers, and all that is signed. May allocate.</summary>
    internal int AnswerOther(AnswerContext context, Query* query, int capacity, Peer peer, DateTimeOffset now, out TransferRequest? transfer)
    {
        transfer = null;
        var options = Options;
        if (query->Verdict == QueryVerdict.Drop)
        {
            return 0;
        }

        var moment = Moment.Of(time, now, options);
        if (query->Verdict == QueryVerdict.Error)
        {
            return AnswerError(query, capacity, peer, moment, options);
        }

        TsigRequest? signed = null;
        if (query->HasTsig)
        {
            switch (TsigRequest.Verify(new ReadOnlySpan<byte>(query->Message, query->Length), options.Keys, now, out signed))
            {
                case TsigRequestState.Malformed:
                    query->Code = ResponseCode.FormErr;
                    return AnswerError(query, capacity, peer, moment, options);
                case TsigRequestState.Rejected:
                    query->Code = ResponseCode.NotAuth;
                    var rejection = AnswerError(query, capacity - signed!.RecordLength, peer, moment, options);
                    return rejection == 0 ? 0 : signed.Sign(new Span<byte>(query->Message, capacity), rejection, now);
            }

            query->IsTrusted = true;
            if (signed is { Key: { } key })
            {
                options.Witness?.Saw(key, peer.ToEndPoint().Address, TsigKeyUseDirection.Received);
            }
        }

        query->SignatureLength = signed?.RecordLength ?? 0;
        var length = Dispatch(context, query, capacity - query->SignatureLength, peer, moment, options, signed, out transfer);
        return length == 0 || signed is null ? length : signed.Sign(new Span<byte>(query->Message, capacity), length, now);
    }

    private int Dispatch(
        AnswerContext context, Query* query, int capacity, Peer peer, Moment now, AnsweringOptions options, TsigRequest? signed, out TransferRequest? transfer)
    {
        transfer = null;
        if (query->Verdict == QueryVerdict.Notify)
        {
            var code = TakeNotify(context, query, peer, signed);
            query->IsTrusted |= code == ResponseCode.NoError;
            return AnswerCode(query, capacity, peer, now, options, code, authoritative: code == ResponseCode.NoError, error: ReasonOf(code));
        }

        if (!query->HasQuestion)
        {
            return AnswerCode(query, capacity, peer, now, options, ResponseCode.NoError);
        }

        if (query->Class == RecordClass.CH)
        {
            return AnswerChaos(query, capacity, peer, now, options);
        }

        switch (query->Type)
        {
            case RecordType.AXFR or RecordType.IXFR when query->Transport != Transport.Udp && query->Class == RecordClass.IN && acceptsTransfers:
                transfer = HandedOn.ReadTransferRequest(context, query, peer, signed);
                return transfer is null ? AnswerCode(query, capacity, peer, now, options, ResponseCode.FormErr) : 0;

            // RFC 1995 §2: over UDP the current SOA alone tells the client to come by TCP.
            case RecordType.IXFR when query->Transport == Transport.Udp:
                query->Type = RecordType.SOA;
                break;
            case RecordType.AXFR when query->Transport == Transport.Udp:
            case RecordType.OPT or RecordType.TSIG:
                return AnswerCode(query, capacity, peer, now, options, ResponseCode.FormErr);
            case RecordType.NXNAME:
                return AnswerCode(query, capacity, peer, now, options, ResponseCode.FormErr, error: ExtendedErrorCode.InvalidQueryType);
            case RecordType.MAILA or RecordType.MAILB or RecordType.TKEY:
                return AnswerCode(query, capacity, peer, now, options, ResponseCode.NotImp);
        }

        if (query->Class is not (RecordClass.IN or RecordClass.ANY) || query->Type is RecordType.AXFR or RecordType.IXFR)
        {
            return AnswerCode(query, capacity, peer, now, options, ResponseCode.Refused);
        }

        return AnswerFromZones(context, query, capacity, peer, now, options);
    }

    /// <summary>What is told to a client that is not permitted, or asks for a zone that we do not have (RFC 8914).</summary>
    internal static ExtendedErrorCode? ReasonOf(ResponseCode code) => code switch
    {
        ResponseCode.Refused => ExtendedErrorCode.Prohibited,
        ResponseCode.NotAuth => ExtendedErrorCode.NotAuthoritative,
        ResponseCode.ServFail => ExtendedErrorCode.NotReady,
        _ => null,
    };

    private static int AnswerChaos(Query* query, int capacity, Peer peer, Moment now, AnsweringOptions options)
    {
        var cookie = CheckCookie(query, options, peer, now);
        if (cookie == CookieVerdict.Malformed)
        {
            return AnswerCode(query, capacity, peer, now, options, ResponseCode.FormErr);
        }

        var response = Response.Begin(query->Message, query->QuestionEnd, query->Message + capacity);
        ChaosAnswer.Compose(query, &response, options);
        return Finish(query, &response, options, cookie, peer, now, truncated: false);
    }

    private int AnswerFromZones(AnswerContext context, Query* query, int capacity, Peer peer, Moment now, AnsweringOptions options)
    {
        var reader = zones.Readers.Enter();
        try
        {
            var directory = zones.Directory;
            Locate(query, directory);
            if (query->Name.Zone != null && query->Name.Zone->UnavailableBecause == 0)
            {
                query->Name.Descend();
            }

            return AnswerPlain(context, query, directory, capacity, peer, now, options);
        }
        finally
        {
            // A reader that never left would keep every zone from changing.
            zones.Readers.Exit(reader);
        }
    }

    private static void Compose(AnswerContext context, Query* query, Response* response, ZoneDirectory* directory)
    {
        if (query->Name.Zone == null)
        {
            response->Code = ResponseCode.Refused;
            response->ExtendedError = ExtendedErrorCode.NotAuthoritative;
            return;
        }

        context.Zones.Compose(query, response, directory);
    }

    /// <summary>Composes anew where there is room for everything, and copies what fits.</summary>
    private static void Shrink(AnswerContext context, Query* query, Response* response, ZoneDirectory* directory, int limit, out bool truncated)
    {
        var large = context.Large;
        new ReadOnlySpan<byte>(query->Message, query->QuestionEnd).CopyTo(new Span<byte>(large, query->QuestionEnd));
        var whole = Response.Begin(large, query->QuestionEnd, large + AnswerContext.LargeLength);
        Compose(context, query, &whole, directory);
        whole.Finish(truncated: false);
        Span<int> counts = stackalloc int[3];
        var length = TruncatedCopy.Write(
            new ReadOnlySpan<byte>(large, whole.Length), new Span<byte>(query->Message, limit), limit, context, counts, out truncated);
        truncated |= whole.IsOverfull;
        response->At = query->Message + length;
        response->Answers = counts[0];
        response->Authorities = counts[1];
        response->Additionals = counts[2];
        response->Code = whole.Code;
        response->IsAuthoritative = whole.IsAuthoritative;
        response->ExtendedError = whole.ExtendedError;
    }

    private static int AnswerError(Query* query, int capacity, Peer peer, Moment now, AnsweringOptions options)
    {
        if (query->QuestionEnd == MessageHeader.Length)
        {
            BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(query->Message + MessageHeader.QuestionCountOffset, 2), 0);
        }

        return AnswerCode(query, capacity, peer, now, options, query->Code);
    }

    private static int AnswerCode(
        Query* query,
        int capacity,
        Peer peer,
        Moment now,
        AnsweringOptions options,
        ResponseCode code,
        bool authoritative = false,
        ExtendedErrorCode? error = null)
    {
        query->Name.Zone = null;
        var response = Response.Begin(query->Message, query->QuestionEnd, query->Message + capacity);
        response.Code = code;
        response.IsAuthoritative = authoritative;
        response.ExtendedError = error;
        var cookie = CheckCookie(query, options, peer, now);
        if (cookie == CookieVerdict.Malformed)
        {
            response.Code = ResponseCode.FormErr;
            cookie = CookieVerdict.None;
        }

        return Finish(query, &response, options, cookie, peer, now, truncated: false);
    }

    private static int Finish(
        Query* query, Response* response, AnsweringOptions options, CookieVerdict cookie, Peer peer, Moment now, bool truncated)
    {
        if (options.RateLimiter is { } limiter && query->Transport == Transport.Udp && !query->IsTrusted
            && cookie is not (CookieVerdict.Valid or CookieVerdict.ValidRenew))
        {
            switch (limiter.Decide(peer.Address, response->Kind, response->Subject, now.Microseconds))
            {
                case RateLimitDecision.Drop:
                    return 0;
                case RateLimitDecision.Truncate:
                    response->Clear(query->QuestionEnd);
                    truncated = true;
                    break;
            }
        }

        if (query->HasEdns)
        {
            EdnsResponse.Write(query, response, options, cookie, peer.Address, now.Seconds);
        }

        response->Finish(truncated);
        return response->Length;
    }

    private static CookieVerdict CheckCookie(Query* query, AnsweringOptions options, Peer peer, Moment now)
    {
        if (query->CookieLength < 0 || options.Cookies is not { } cookies)
        {
            return CookieVerdict.None;
        }

        return query->CookieLength > Query.MaxCookie
            ? CookieVerdict.Malformed
            : cookies.Check(new ReadOnlySpan<byte>(query->Cookie, query->CookieLength), peer.Address, (uint)now.Seconds);
    }

    private static int Limit(Query* query, AnsweringOptions options, int capacity) => query->Transport != Transport.Udp
        ? capacity
        : Math.Min(capacity, (query->HasEdns ? Math.Min(query->PayloadSize, options.MaxUdpPayload) : 512) - query->SignatureLength);

    private static int Capacity(int buffer, Transport transport) => Math.Min(buffer - AnswerContext.Slack, transport != Transport.Udp ? ushort.MaxValue : 4096);

    private ResponseCode TakeNotify(AnswerContext context, Query* query, Peer peer, TsigRequest? signed)
    {
        if (notify is null || !query->HasQuestion)
        {
            return notify is null ? ResponseCode.Refused : ResponseCode.FormErr;
        }

        if (query->Class != RecordClass.IN)
        {
            return ResponseCode.NotAuth;
        }

        try
        {
            return notify.Take(HandedOn.ReadNotification(context, query, peer, signed));
        }
        catch (Exception)
        {
            // Whatever went wrong there, the thread goes on answering. The sender comes again.
            return ResponseCode.ServFail;
        }
    }
}
