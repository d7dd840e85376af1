using System.Buffers.Binary;
using ManagedDns.Dns;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Updates;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.TransferOut;

/// <summary>The messages that answer one transfer request, each signed where the request was.</summary>
internal sealed class TransferAnswer : IDisposable
{
    /// <summary>Header, question, and OPT with one option.</summary>
    private const int DenialLength = MessageHeader.Length + DomainName.MaxWireLength + 4 + 11 + 6;

    /// <summary>A zone of a message or two is packed as fast as it is read.</summary>
    private const int FewRecords = 1000;

    private const ushort Flags = MessageHeader.ResponseFlag | MessageHeader.AuthoritativeFlag;

    private readonly TransferRequest _request;
    private readonly TimeProvider _time;
    private readonly TransferPacker _message;
    private readonly ITransferBody _body;
    private readonly uint _expiresIn;
    private readonly TsigSigner? _signer;

    /// <param name="journal">What leads to the zone's version from earlier ones.</param>
    /// <param name="expiresIn">Seconds until the zone ends here.</param>
    /// <param name="chunks">How the version lies in <paramref name="store"/>; null: it is packed anew.</param>
    public TransferAnswer(
        ZoneContents zone, Journal journal, TransferRequest request, TimeProvider time, uint expiresIn = 0, IContentStore? store = null,
        KeptChunks? chunks = null)
    {
        _request = request;
        _time = time;
        _expiresIn = expiresIn;
        _message = new(request.Key, request.HasEdns);
        _signer = SignerFor(request);
        _body = BodyFor(zone, journal, request.HaveSerial, store, chunks);
    }

    public bool IsDone => _body.IsDone;

    public long Records { get; private set; }

    public long Bytes { get; private set; }

    public int Messages { get; private set; }

    /// <summary>The next message behind its two length octets; valid until the one after is asked for.</summary>
    public ReadOnlyMemory<byte> Next()
    {
        // RFC 5936 §2.2.1: the question comes in the first message and need not in the others.
        if (Messages == 0)
        {
            _message.Begin(_request.Id, Flags, _request.Zone.Wire, _request.Type);
        }
        else
        {
            _message.Begin(_request.Id, Flags);
        }

        _body.Fill(_message);
        if (_request.HasEdns && (Messages == 0 || _request.WantsPadding))
        {
            _message.AddOpt(Messages == 0 && _request.WantsExpire ? _expiresIn : null, _request.WantsPadding);
        }

        if (_signer is not null)
        {
            _message.Sign(_signer, _time.GetUtcNow());
        }

        Messages++;
        Records += _message.Count;
        Bytes += _message.Message.Length;
        return _message.Frame;
    }

    public void Dispose()
    {
        _body.Dispose();
        _signer?.Dispose();
    }

    /// <summary>The message that says no, behind its two length octets.</summary>
    public static ReadOnlyMemory<byte> Denial(TransferRequest request, ResponseCode code, DateTimeOffset now)
    {
        const int Prefix = sizeof(ushort);
        var frame = new byte[Prefix + DenialLength + (request.Key is { } key ? TsigSigner.RecordLength(key) : 0)];
        var message = frame.AsSpan(Prefix);
        var writer = new MessageWriter(message, request.Id, MessageHeader.MakeFlags(Opcode.Query, code, MessageHeader.ResponseFlag));
        writer.TryWriteQuestion(request.Zone.Wire, request.Type, RecordClass.IN);
        if (request.HasEdns)
        {
            var reason = (int)QueryProcessor.ReasonOf(code).GetValueOrDefault();
            writer.TryWriteOpt(new EdnsHeader(EdnsHeader.DefaultPayloadSize), [0, (byte)EdnsOptionCode.ExtendedError, 0, 2, (byte)(reason >> 8), (byte)reason]);
        }

        using var signer = SignerFor(request);
        var length = signer?.Sign(message, writer.Length, now) ?? writer.Length;
        BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)length);
        return frame.AsMemory(0, Prefix + length);
    }

    private static ITransferBody BodyFor(ZoneContents zone, Journal journal, uint? haveSerial, IContentStore? store, KeptChunks? chunks)
    {
        if (haveSerial is not { } have)
        {
            return Whole();
        }

        // RFC 1995 §2: a client that has our version, or claims a newer one, gets the SOA alone.
        var isNewer = new Serial(zone.Serial).IsNewerThan(have);
        var differences = isNewer ? journal.Since(have) : [];
        return isNewer && differences.IsEmpty
            ? Whole()
            : new DifferencesPacker(zone.Find(zone.Apex, RecordType.SOA)[0], differences);

        ITransferBody Whole() =>
            store is not null && chunks is not null && zone.RecordCount > FewRecords
                ? new KeptMessages(zone, chunks, store)
                : new ZonePacker(zone, closingSoa: true);
    }

    private static TsigSigner? SignerFor(TransferRequest request) =>
        request.Key is { } key ? TsigSigner.ForResponse(key, request.RequestMac.Span) : null;
}
