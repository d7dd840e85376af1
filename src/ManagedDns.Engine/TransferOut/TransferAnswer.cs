using ManagedDns.Dns;
using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Tsig;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Answering;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.TransferOut;

/// <summary>The messages that answer one transfer request, each signed where the request was.</summary>
internal sealed class TransferAnswer : IDisposable
{
    private const ushort Flags = MessageHeader.ResponseFlag | MessageHeader.AuthoritativeFlag;

    private readonly ZoneContents _zone;
    private readonly TransferRequest _request;
    private readonly TimeProvider _time;
    private readonly TransferPacker _message;
    private readonly ZonePacker? _records;
    private readonly TsigSigner? _signer;

    public TransferAnswer(ZoneContents zone, TransferRequest request, TimeProvider time)
    {
        _zone = zone;
        _request = request;
        _time = time;
        _message = new(request.Key);
        _signer = SignerFor(request);

        // RFC 1995 §2: a client that has our version, or claims a newer one, gets the SOA alone.
        if (request.HaveSerial is not { } have || new Serial(zone.Serial).IsNewerThan(have))
        {
            _records = new(zone, closingSoa: true);
        }
    }

    public bool IsDone { get; private set; }

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

        if (_records is null)
        {
            _message.TryAdd(_zone.Find(_zone.Apex, RecordType.SOA)[0].AsWire());
            IsDone = true;
        }
        else
        {
            _records.Fill(_message);
            IsDone = _records.IsDone;
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
        _records?.Dispose();
        _signer?.Dispose();
    }

    /// <summary>The message that says no, behind its two length octets.</summary>
    public static ReadOnlyMemory<byte> Denial(TransferRequest request, ResponseCode code, DateTimeOffset now)
    {
        var message = new TransferPacker(request.Key);
        message.Begin(request.Id, MessageHeader.MakeFlags(Opcode.Query, code, MessageHeader.ResponseFlag), request.Zone.Wire, request.Type);
        using var signer = SignerFor(request);
        if (signer is not null)
        {
            message.Sign(signer, now);
        }

        return message.Frame;
    }

    private static TsigSigner? SignerFor(TransferRequest request) =>
        request.Key is { } key ? TsigSigner.ForResponse(key, request.RequestMac.Span) : null;
}
