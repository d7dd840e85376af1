using System.Buffers.Binary;
using ManagedDns.Dns.Records;
using static ManagedDns.Dns.Presentation.ServiceKey;

namespace ManagedDns.Dns.Presentation;

/// <summary>Writes SVCB parameters (RFC 9460 §2.1) as <c>key=value</c> items.</summary>
internal static class ServiceParameterWriter
{
    /// <summary>Writes each parameter with a space before it; a value that its key does not allow is written in the generic form.</summary>
    public static void Write(ReadOnlySpan<byte> parameters, TextBuffer text)
    {
        for (var rest = parameters; !rest.IsEmpty;)
        {
            var key = BinaryPrimitives.ReadUInt16BigEndian(rest);
            var value = ValueOf(rest);
            text.Append(' ');
            var start = text.Length;
            text.Append(FieldMnemonics.ServiceKeys.Format(key));
            if (!TryWriteValue(key, value, parameters, text))
            {
                text.CutTo(start);
                text.Append("key");
                text.Append(key);
                if (!value.IsEmpty)
                {
                    text.Append('=');
                    CharStringText.Write(value, text);
                }
            }

            rest = rest[(4 + value.Length)..];
        }
    }

    private static ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> parameter) => parameter.Slice(4, BinaryPrimitives.ReadUInt16BigEndian(parameter[2..]));

    private static bool Contains(ReadOnlySpan<byte> parameters, ushort key)
    {
        while (!parameters.IsEmpty && BinaryPrimitives.ReadUInt16BigEndian(parameters) < key)
        {
            parameters = parameters[(4 + ValueOf(parameters).Length)..];
        }

        return !parameters.IsEmpty && BinaryPrimitives.ReadUInt16BigEndian(parameters) == key;
    }

    private static bool TryWriteValue(ushort key, ReadOnlySpan<byte> value, ReadOnlySpan<byte> parameters, TextBuffer text)
    {
        if (key is NoDefaultAlpn or Ohttp)
        {
            return value.IsEmpty;
        }

        if (value.IsEmpty)
        {
            return key > TlsGroups;
        }

        text.Append('=');
        switch (key)
        {
            case Mandatory:
                return TryWriteMandatory(value, parameters, text);
            case Alpn:
                return TryWriteAlpn(value, text);
            case Port:
                return value.Length == 2 && TryWriteNumbers(value, text);
            case TlsGroups:
                return TryWriteNumbers(value, text);
            case Ip4Hint:
                return TryWriteAddresses(value, 4, text);
            case Ip6Hint:
                return TryWriteAddresses(value, 16, text);
            case Ech:
                text.Append('"');
                text.AppendBase64(value);
                text.Append('"');
                return true;
            default:
                CharStringText.Write(value, text);
                return true;
        }
    }

    private static bool TryWriteMandatory(ReadOnlySpan<byte> value, ReadOnlySpan<byte> parameters, TextBuffer text)
    {
        var last = Mandatory;
        for (var rest = value; !rest.IsEmpty; rest = rest[2..])
        {
            if (rest.Length < 2 || (BinaryPrimitives.ReadUInt16BigEndian(rest) is var key && (key <= last || !Contains(parameters, key))))
            {
                return false;
            }

            last = BinaryPrimitives.ReadUInt16BigEndian(rest);
            text.Append(FieldMnemonics.ServiceKeys.Format(last));
            text.Append(rest.Length > 2 ? "," : "");
        }

        return true;
    }

    private static bool TryWriteNumbers(ReadOnlySpan<byte> value, TextBuffer text)
    {
        if (value.Length % 2 != 0)
        {
            return false;
        }

        for (var rest = value; !rest.IsEmpty; rest = rest[2..])
        {
            text.Append(BinaryPrimitives.ReadUInt16BigEndian(rest));
            text.Append(rest.Length > 2 ? "," : "");
        }

        return true;
    }

    private static bool TryWriteAddresses(ReadOnlySpan<byte> value, int size, TextBuffer text)
    {
        for (var rest = value; !rest.IsEmpty; rest = rest[size..])
        {
            if (rest.Length < size)
            {
                return false;
            }

            AddressText.Write(rest[..size], text);
            text.Append(rest.Length > size ? "," : "");
        }

        return true;
    }

    private static bool TryWriteAlpn(ReadOnlySpan<byte> value, TextBuffer text)
    {
        var list = new List<byte>(value.Length * 2);
        while (!value.IsEmpty)
        {
            if (RdataField.CharString.Measure(value) < 2)
            {
                return false;
            }

            foreach (var octet in value.Slice(1, value[0]))
            {
                if (octet is (byte)',' or (byte)'\\')
                {
                    list.Add((byte)'\\');
                }

                list.Add(octet);
            }

            value = value[(value[0] + 1)..];
            if (!value.IsEmpty)
            {
                list.Add((byte)',');
            }
        }

        CharStringText.Write(list.ToArray(), text);
        return true;
    }
}
