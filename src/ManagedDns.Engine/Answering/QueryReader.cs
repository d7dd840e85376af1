using System.Buffers.Binary;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Answering;

/// <summary>
/// Reads queries. Nothing that arrives makes it throw or loop: what is no query is dropped, what is a broken one is answered FORMERR (RFC 8906).
/// </summary>
internal static unsafe class QueryReader
{
    private const int RecordFixedLength = 10;

    /// <param name="message">15 octets behind <paramref name="length"/> must be readable.</param>
    public static void Read(Query* query, byte* message, int length, Transport transport)
    {
        query->Message = message;
        query->Length = length;
        query->Transport = transport;
        query->HasEdns = false;
        query->HasTsig = false;
        query->IsTrusted = false;
        query->DnssecOk = false;
        query->HasQuestion = false;
        query->PayloadSize = 512;
        query->SignatureLength = 0;
        query->CookieLength = -1;
        query->Code = ResponseCode.NoError;
        query->QuestionEnd = MessageHeader.Length;
        query->Name.Zone = null;
        query->Verdict = QueryVerdict.Drop;
        if (length < MessageHeader.Length || (message[2] & 0x80) != 0)
        {
            return;
        }

        query->Verdict = QueryVerdict.Answer;
        var opcode = (Opcode)(message[2] >> 3 & 0xF);
        var counts = new ReadOnlySpan<byte>(message + MessageHeader.QuestionCountOffset, 8);
        int questions = BinaryPrimitives.ReadUInt16BigEndian(counts);
        if (questions == 1 && !ReadQuestion(query))
        {
            Fail(query, ResponseCode.FormErr);
            return;
        }

        if (opcode is not (Opcode.Query or Opcode.Notify))
        {
            // What the other sections mean we cannot know. Where they can be read, EDNS is answered with EDNS (RFC 6891 §6.1.1).
            query->HasEdns = questions <= 1 && ReadRecords(query, counts) && query->HasEdns;
            Fail(query, ResponseCode.NotImp);
            return;
        }

        // RFC 9619: one question. None at all is how a client asks for a cookie (RFC 7873 §5.4).
        if (questions > 1 || !ReadRecords(query, counts) || (questions == 0 && (opcode != Opcode.Query || query->CookieLength < 0)))
        {
            Fail(query, ResponseCode.FormErr);
            return;
        }

        if (opcode == Opcode.Notify && query->Verdict == QueryVerdict.Answer)
        {
            query->Verdict = QueryVerdict.Notify;
        }
    }

    private static void Fail(Query* query, ResponseCode code)
    {
        query->Verdict = QueryVerdict.Error;
        query->Code = code;
    }

    private static bool ReadQuestion(Query* query)
    {
        var end = query->Message + query->Length;
        var at = query->Message + MessageHeader.Length;
        var name = query->Name.Read(at, end);
        at += name;
        if (name == 0 || end - at < 4)
        {
            return false;
        }

        query->Type = (RecordType)(at[0] << 8 | at[1]);
        query->Class = (RecordClass)(at[2] << 8 | at[3]);
        query->QuestionEnd = MessageHeader.Length + name + 4;
        query->HasQuestion = true;
        return true;
    }

    private static bool ReadRecords(Query* query, ReadOnlySpan<byte> counts)
    {
        var at = query->Message + query->QuestionEnd;
        var end = query->Message + query->Length;
        var others = BinaryPrimitives.ReadUInt16BigEndian(counts[2..]) + BinaryPrimitives.ReadUInt16BigEndian(counts[4..]);
        int additional = BinaryPrimitives.ReadUInt16BigEndian(counts[6..]);
        for (; others > 0; others--)
        {
            if (!SkipName(ref at, end) || !SkipBody(ref at, end, out var type) || type is RecordType.OPT or RecordType.TSIG)
            {
                return false;
            }
        }

        for (; additional > 0; additional--)
        {
            var owner = at;
            if (!SkipName(ref at, end))
            {
                return false;
            }

            var body = at;
            if (!SkipBody(ref at, end, out var type) || query->HasTsig)
            {
                // Something behind TSIG, which must be the last (RFC 8945 §5.1), or past the end.
                return false;
            }

            if (type == RecordType.TSIG)
            {
                query->HasTsig = true;
            }
            else if (type == RecordType.OPT && (query->HasEdns || *owner != 0 || !ReadOpt(query, body, at)))
            {
                return false;
            }
        }

        return at == end;
    }

    private static bool ReadOpt(Query* query, byte* body, byte* end)
    {
        query->HasEdns = true;
        query->WantsNsid = false;
        query->WantsExpire = false;
        query->WantsZoneVersion = false;
        query->WantsKeepalive = false;
        query->WantsPadding = false;
        query->PayloadSize = Math.Max((ushort)512, (ushort)(body[2] << 8 | body[3]));
        query->DnssecOk = (body[6] & 0x80) != 0;
        if (body[5] != 0)
        {
            // RFC 6891 §6.1.3: what a later version means by the rest we cannot know.
            Fail(query, ResponseCode.BadVers);
            return true;
        }

        for (var option = body + RecordFixedLength; option < end;)
        {
            if (end - option < EdnsOption.HeaderLength)
            {
                return false;
            }

            var code = (EdnsOptionCode)(option[0] << 8 | option[1]);
            var length = option[2] << 8 | option[3];
            option += EdnsOption.HeaderLength;
            // ZONEVERSION is asked for with no data at all (RFC 9660 §2).
            if (end - option < length || (code == EdnsOptionCode.ZoneVersion && length != 0))
            {
                return false;
            }

            TakeOption(query, code, option, length);
            option += length;
        }

        return true;
    }

    private static void TakeOption(Query* query, EdnsOptionCode code, byte* data, int length)
    {
        switch (code)
        {
            case EdnsOptionCode.Nsid:
                query->WantsNsid = true;
                break;
            case EdnsOptionCode.Expire:
                query->WantsExpire = true;
                break;
            case EdnsOptionCode.ZoneVersion:
                query->WantsZoneVersion = true;
                break;
            case EdnsOptionCode.TcpKeepalive:
                query->WantsKeepalive = query->Transport != Transport.Udp;
                break;

            // RFC 7830 §6: what anybody can read gains nothing by it.
            case EdnsOptionCode.Padding:
                query->WantsPadding = query->Transport == Transport.Tls;
                break;
            case EdnsOptionCode.Cookie when query->CookieLength < 0:
                query->CookieLength = length;
                new ReadOnlySpan<byte>(data, Math.Min(length, Query.MaxCookie)).CopyTo(new Span<byte>(query->Cookie, Query.MaxCookie));
                break;
        }
    }

    private static bool SkipName(ref byte* at, byte* end)
    {
        while (at < end)
        {
            int label = *at++;
            if (label == 0)
            {
                return true;
            }

            if (label >= 0xC0)
            {
                return ++at <= end;
            }

            if (label > 63)
            {
                return false;
            }

            at += label;
        }

        return false;
    }

    private static bool SkipBody(ref byte* at, byte* end, out RecordType type)
    {
        type = default;
        if (end - at < RecordFixedLength)
        {
            return false;
        }

        type = (RecordType)(at[0] << 8 | at[1]);
        var length = at[8] << 8 | at[9];
        at += RecordFixedLength;
        if (end - at < length)
        {
            return false;
        }

        at += length;
        return true;
    }
}
