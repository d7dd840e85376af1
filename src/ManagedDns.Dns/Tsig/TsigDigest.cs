using System.Buffers.Binary;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Tsig;

/// <summary>
/// What a MAC covers (RFC 8945 §4.3): the MAC before it, the messages since, and the TSIG variables; all of them
/// in the first message of a chain, the timers alone in later ones (§5.3.1). Signer and verifier feed the same digest.
/// </summary>
internal sealed class TsigDigest : IDisposable
{
    private readonly TsigKey _key;
    private readonly TsigHmac _hmac;
    private bool _later;

    /// <param name="requestMac">The request's MAC when this signs its response; empty for a request.</param>
    public TsigDigest(TsigKey key, ReadOnlySpan<byte> requestMac)
    {
        _key = key;
        _hmac = TsigHmac.Create(key);
        AppendMac(requestMac);
    }

    /// <summary>A message of a chain that goes without a TSIG record.</summary>
    public void AppendUnsigned(ReadOnlySpan<byte> message) => _hmac.Append(message);

    /// <summary>The MAC of a message whose TSIG record begins at its end or at <paramref name="tsig"/>'s offset; written whole, however much of it is sent.</summary>
    /// <param name="message">The message up to its TSIG record.</param>
    /// <param name="additional">The additional section's count without the TSIG record.</param>
    public int Finish(ReadOnlySpan<byte> message, ushort additional, in TsigRecord tsig, Span<byte> mac)
    {
        Span<byte> header = stackalloc byte[MessageHeader.Length];
        message[..MessageHeader.Length].CopyTo(header);
        BinaryPrimitives.WriteUInt16BigEndian(header, tsig.OriginalId);
        BinaryPrimitives.WriteUInt16BigEndian(header[MessageHeader.AdditionalCountOffset..], additional);
        _hmac.Append(header);
        _hmac.Append(message[MessageHeader.Length..]);
        AppendVariables(tsig);
        return _hmac.Finish(mac);
    }

    /// <summary>The next message's MAC covers this one, as it was sent.</summary>
    public void Continue(ReadOnlySpan<byte> mac)
    {
        _later = true;
        AppendMac(mac);
    }

    public void Dispose() => _hmac.Dispose();

    private void AppendVariables(in TsigRecord tsig)
    {
        Span<byte> variables = stackalloc byte[DomainName.MaxWireLength + 6 + DomainName.MaxWireLength + 12];
        var at = 0;
        if (!_later)
        {
            at = PutLower(variables, at, _key.Name.Wire);
            BinaryPrimitives.WriteUInt16BigEndian(variables[at..], (ushort)RecordClass.ANY);
            BinaryPrimitives.WriteUInt32BigEndian(variables[(at + 2)..], 0);
            at = PutLower(variables, at + 6, _key.Algorithm.WireName().Wire);
        }

        TsigRecord.WriteTime(variables[at..], tsig.TimeSigned);
        BinaryPrimitives.WriteUInt16BigEndian(variables[(at + 6)..], tsig.Fudge);
        at += 8;
        if (!_later)
        {
            BinaryPrimitives.WriteUInt16BigEndian(variables[at..], (ushort)tsig.Error);
            BinaryPrimitives.WriteUInt16BigEndian(variables[(at + 2)..], (ushort)tsig.OtherData.Length);
            at += 4;
        }

        _hmac.Append(variables[..at]);
        if (!_later)
        {
            _hmac.Append(tsig.OtherData);
        }
    }

    private void AppendMac(ReadOnlySpan<byte> mac)
    {
        if (mac.IsEmpty)
        {
            return;
        }

        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)mac.Length);
        _hmac.Append(length);
        _hmac.Append(mac);
    }

    private static int PutLower(Span<byte> destination, int at, ReadOnlySpan<byte> name)
    {
        name.CopyTo(destination[at..]);
        WireName.MakeLower(destination.Slice(at, name.Length));
        return at + name.Length;
    }
}
