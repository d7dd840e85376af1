using ManagedDns.Dns;
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
    private readonly ZonePacker? _packer;
    private readonly TsigSigner? _signer;
    private readonly int _signatureLength;

    public TransferAnswer(ZoneContents zone, TransferRequest request, TimeProvider time)
    {
        _zone = zone;
        _request = request;
        _time = time;
        if (request.Key is { } key)
        {
            _signer = TsigSigner.ForResponse(key, request.RequestMac.Span);
            _signatureLength = TsigSigner.RecordLength(key);
        }

        // RFC 1995 §2: a client that has our version, or claims a newer one, gets the SOA alone.
        if (request.HaveSerial is not { } have || new Serial(zone.Serial).IsNewerThan(have))
        {
            _packer = new(zone, closingSoa: true);
        }
    }

    public bool IsDone { get; private set; }

    public long Records { get; private set; }

    public long Bytes { get; private set; }

    public int Messages { get; private set; }

    /// <summary>Writes the next message and returns its length.</summary>
    public int Next(Span<byte> buffer)
    {
        int length;
        if (_packer is null)
        {
            length = WriteSoa(buffer);
            Records = 1;
            IsDone = true;
        }
        else
        {
            // RFC 5936 §2.2.1: the question comes in the first message and need not in the others.
            var question = Messages == 0 ? new WireQuestion(_request.Zone.Wire, _request.Type, RecordClass.IN) : default;
            length = _packer.Next(buffer, _request.Id, Flags, question, _signatureLength);
            IsDone = _packer.IsDone;
            Records = IsDone ? _zone.RecordCount + 1 : Records;
        }

        length = _signer?.Sign(buffer, length, _time.GetUtcNow()) ?? length;
        Messages++;
        Bytes += length;
        return length;
    }

    public void Dispose()
    {
        _packer?.Dispose();
        _signer?.Dispose();
    }

    /// <summary>Writes the message that says no.</summary>
    public static int WriteDenial(Span<byte> buffer, TransferRequest request, ResponseCode code, DateTimeOffset now)
    {
        var writer = new MessageWriter(buffer, request.Id, MessageHeader.MakeFlags(Opcode.Query, code, MessageHeader.ResponseFlag));
        writer.TryWriteQuestion(request.Zone.Wire, request.Type, RecordClass.IN);
        if (request.Key is null)
        {
            return writer.Length;
        }

        using var signer = TsigSigner.ForResponse(request.Key, request.RequestMac.Span);
        return signer.Sign(buffer, writer.Length, now);
    }

    private int WriteSoa(Span<byte> buffer)
    {
        var writer = new MessageWriter(buffer, _request.Id, Flags);
        writer.TryWriteQuestion(_request.Zone.Wire, _request.Type, RecordClass.IN);
        writer.TryWriteRecord(MessageSection.Answer, _zone.Find(_zone.Apex, RecordType.SOA)[0].AsWire());
        return writer.Length;
    }
}
