using System.Buffers.Binary;
using System.Text;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;
using ManagedDns.Engine.Cookies;

namespace ManagedDns.Engine.Answering;

/// <summary>The OPT record of a response (RFC 6891) and the options that the query asks for.</summary>
internal static unsafe class EdnsResponse
{
    private const int FixedLength = 11;

    /// <summary>Responses are padded to a multiple of this (RFC 8467 §4.1).</summary>
    private const int PaddingBlock = 468;

    /// <summary>SOA-SERIAL, the one type of ZONEVERSION (RFC 9660 §2.1).</summary>
    private const byte SerialVersionType = 0;

    /// <summary>The most octets that <see cref="Write"/> will append.</summary>
    public static int Reserve(Query* query, AnsweringOptions options)
    {
        if (!query->HasEdns)
        {
            return 0;
        }

        var length = FixedLength + EdnsOption.HeaderLength + 2;
        if (query->WantsNsid || query->WantsExpire || query->WantsZoneVersion || query->WantsKeepalive || query->CookieLength >= 0)
        {
            length += query->WantsNsid ? EdnsOption.HeaderLength + Encoding.UTF8.GetByteCount(options.NodeName) : 0;
            length += query->WantsExpire ? EdnsOption.HeaderLength + 4 : 0;
            length += query->WantsZoneVersion ? EdnsOption.HeaderLength + 6 : 0;
            length += query->WantsKeepalive ? EdnsOption.HeaderLength + 2 : 0;
            length += query->CookieLength >= 0 && options.Cookies is not null ? EdnsOption.HeaderLength + ServerCookies.OptionLength : 0;
        }

        return length;
    }

    public static void Write(Query* query, Response* response, AnsweringOptions options, CookieVerdict cookie, ReadOnlySpan<byte> client, long now)
    {
        var opt = response->At;
        opt[0] = 0;
        var record = new Span<byte>(opt, FixedLength);
        BinaryPrimitives.WriteUInt16BigEndian(record[1..], (ushort)RecordType.OPT);
        BinaryPrimitives.WriteUInt16BigEndian(record[3..], (ushort)options.MaxUdpPayload);
        BinaryPrimitives.WriteUInt32BigEndian(record[5..], new EdnsHeader(0, query->DnssecOk, (byte)((int)response->Code >> 4)).ToTtl());
        response->At += FixedLength;
        if (query->WantsNsid && options.NodeName.Length > 0)
        {
            var at = Begin(response, EdnsOptionCode.Nsid);
            End(response, Encoding.UTF8.GetBytes(options.NodeName, new Span<byte>(at, 1024)));
        }

        if (cookie != CookieVerdict.None && query->CookieLength >= 8)
        {
            var at = Begin(response, EdnsOptionCode.Cookie);
            var given = new ReadOnlySpan<byte>(query->Cookie, Math.Min(query->CookieLength, Query.MaxCookie));
            options.Cookies!.Write(cookie, given, client, (uint)now, new Span<byte>(at, ServerCookies.OptionLength));
            End(response, ServerCookies.OptionLength);
        }

        if (query->WantsKeepalive)
        {
            var at = Begin(response, EdnsOptionCode.TcpKeepalive);
            var tenths = (ushort)Math.Min(options.TcpIdleTimeout.TotalMilliseconds / 100, ushort.MaxValue);
            BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(at, 2), tenths);
            End(response, 2);
        }

        if (response->ExtendedError is { } error)
        {
            var at = Begin(response, EdnsOptionCode.ExtendedError);
            BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(at, 2), (ushort)error);
            End(response, 2);
        }

        WriteZoneOptions(query, response, now);
        if (query->WantsPadding)
        {
            Pad(query, response);
        }

        BinaryPrimitives.WriteUInt16BigEndian(record[9..], (ushort)(response->At - opt - FixedLength));
        response->Additionals++;
    }

    /// <summary>The last option: it sees how long everything is, the signature to come included. A message that is nearly as long as one can be goes as it is.</summary>
    private static void Pad(Query* query, Response* response)
    {
        var length = (int)(response->At - query->Message) + query->SignatureLength + EdnsOption.HeaderLength;
        var padding = (PaddingBlock - (length % PaddingBlock)) % PaddingBlock;
        if (length + padding <= ushort.MaxValue)
        {
            var at = Begin(response, EdnsOptionCode.Padding);
            new Span<byte>(at, padding).Clear();
            End(response, padding);
        }
    }

    private static void WriteZoneOptions(Query* query, Response* response, long now)
    {
        var zone = query->HasQuestion ? query->Name.Zone : null;
        if (zone == null || zone->UnavailableBecause != 0)
        {
            return;
        }

        // RFC 7314 §3: with the SOA alone; a primary tells the SOA's own EXPIRE.
        if (query->WantsExpire && query->Type == RecordType.SOA && response->IsAuthoritative && query->Name.Depth == 0)
        {
            var expires = Volatile.Read(ref zone->ExpiresAt);
            var seconds = expires == 0 ? zone->Expire : (uint)Math.Clamp(expires - now, 0, uint.MaxValue);
            var at = Begin(response, EdnsOptionCode.Expire);
            BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(at, 4), seconds);
            End(response, 4);
        }

        if (query->WantsZoneVersion)
        {
            var at = Begin(response, EdnsOptionCode.ZoneVersion);
            at[0] = (byte)zone->ApexLabels;
            at[1] = SerialVersionType;
            BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(at + 2, 4), zone->Serial);
            End(response, 6);
        }
    }

    private static byte* Begin(Response* response, EdnsOptionCode code)
    {
        BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(response->At, 2), (ushort)code);
        return response->At + EdnsOption.HeaderLength;
    }

    private static void End(Response* response, int length)
    {
        BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(response->At + 2, 2), (ushort)length);
        response->At += EdnsOption.HeaderLength + length;
    }
}
