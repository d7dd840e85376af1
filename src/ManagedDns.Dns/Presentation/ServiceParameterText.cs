using System.Buffers.Binary;
using System.Buffers.Text;
using ManagedDns.Dns.Records;

namespace ManagedDns.Dns.Presentation;

/// <summary>SVCB parameters (RFC 9460 §2.1): <c>key=value</c> items in any order in text, sorted by key on the wire.</summary>
internal static class ServiceParameterText
{
    private const ushort Mandatory = 0, Alpn = 1, NoDefaultAlpn = 2, Port = 3, Ip4Hint = 4, Ech = 5, Ip6Hint = 6, Ohttp = 8, TlsGroups = 9;

    public static void Read(ref TokenCursor tokens, ref OctetWriter rdata)
    {
        var parameters = new SortedDictionary<ushort, byte[]>();
        var hasMandatory = false;
        while (tokens.HasMore)
        {
            var item = tokens.Take("A parameter");
            var equals = item.IndexOf((byte)'=');
            var name = equals < 0 ? item : item[..equals];
            var value = equals < 0 ? [] : item[(equals + 1)..];
            if (equals == item.Length - 1 && tokens.PeekToken() is { Quoted: true, Glued: true })
            {
                value = tokens.Take("A value");
            }

            if (!FieldMnemonics.ServiceKeys.TryRead(name, out var key))
            {
                throw new FormatException($"'{TokenCursor.Show(name)}' is no service parameter; those without a name are written as keyNNNNN.");
            }

            var octets = new byte[value.Length];
            octets = octets[..Escape.Resolve(value, octets)];
            var isGeneric = IsGeneric(name);
            hasMandatory |= key == Mandatory && !isGeneric;
            if (!parameters.TryAdd(key, isGeneric ? octets : ReadValue(key, octets, equals >= 0)))
            {
                throw new FormatException($"The service parameter '{TokenCursor.Show(name)}' is given twice.");
            }
        }

        if (hasMandatory)
        {
            CheckMandatory(parameters);
        }

        foreach (var (key, value) in parameters)
        {
            rdata.U16(key);
            rdata.U16(value.Length <= ushort.MaxValue ? value.Length : throw new FormatException("RDATA has at most 65535 octets."));
            rdata.Octets(value);
        }
    }

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

    // "key3" is the port as well as "port" is, but its value is octets and not a number.
    private static bool IsGeneric(ReadOnlySpan<byte> name) => name.Length > 3 && char.IsAsciiDigit((char)name[3]) && (name[0] | 0x20) == 'k';

    private static void CheckMandatory(SortedDictionary<ushort, byte[]> parameters)
    {
        for (var keys = parameters[Mandatory].AsSpan(); !keys.IsEmpty; keys = keys[2..])
        {
            var key = BinaryPrimitives.ReadUInt16BigEndian(keys);
            if (!parameters.ContainsKey(key))
            {
                throw new FormatException($"The mandatory service parameter '{FieldMnemonics.ServiceKeys.Format(key)}' is not there.");
            }
        }
    }

    private static byte[] ReadValue(ushort key, ReadOnlySpan<byte> value, bool isGiven)
    {
        if (key is NoDefaultAlpn or Ohttp)
        {
            return isGiven ? throw Bad(key, "has no value") : [];
        }

        if (key <= TlsGroups && value.IsEmpty)
        {
            throw Bad(key, "needs a value");
        }

        return key switch
        {
            Mandatory => ReadMandatory(value),
            Alpn => ReadAlpn(value),
            Port or TlsGroups => ReadNumbers(key, value),
            Ip4Hint or Ip6Hint => ReadAddresses(key, value),
            Ech => ReadBase64(value),
            _ => value.ToArray(),
        };
    }

    private static byte[] ReadMandatory(ReadOnlySpan<byte> value)
    {
        var keys = new SortedSet<ushort>();
        foreach (var range in value.Split((byte)','))
        {
            if (!FieldMnemonics.ServiceKeys.TryRead(value[range], out var key) || key == Mandatory || !keys.Add(key))
            {
                throw Bad(Mandatory, "lists other parameters, each once");
            }
        }

        var octets = new byte[keys.Count * 2];
        foreach (var (index, key) in keys.Index())
        {
            BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(index * 2), key);
        }

        return octets;
    }

    // RFC 9460 appendix A.1: inside the value, a comma of an item is escaped once more.
    private static byte[] ReadAlpn(ReadOnlySpan<byte> value)
    {
        var octets = new List<byte>(value.Length + 1) { 0 };
        var start = 0;
        for (var i = 0; i <= value.Length; i++)
        {
            if (i == value.Length || value[i] == ',')
            {
                var length = octets.Count - start - 1;
                octets[start] = length is > 0 and < 256 ? (byte)length : throw Bad(Alpn, "lists protocols of 1 to 255 octets");
                start = octets.Count;
                octets.Add(0);
                continue;
            }

            if (value[i] == '\\' && ++i == value.Length)
            {
                throw Bad(Alpn, "ends with a backslash");
            }

            octets.Add(value[i]);
        }

        octets.RemoveAt(start);
        return [.. octets];
    }

    private static byte[] ReadNumbers(ushort key, ReadOnlySpan<byte> value)
    {
        var octets = new List<byte>();
        foreach (var range in value.Split((byte)','))
        {
            var item = value[range];
            if (!Utf8Parser.TryParse(item, out ushort number, out var length) || length != item.Length || (key == Port && octets.Count > 0))
            {
                throw Bad(key, "is a number from 0 to 65535");
            }

            octets.Add((byte)(number >> 8));
            octets.Add((byte)number);
        }

        return [.. octets];
    }

    private static byte[] ReadAddresses(ushort key, ReadOnlySpan<byte> value)
    {
        var octets = new List<byte>();
        Span<byte> address = stackalloc byte[16];
        foreach (var range in value.Split((byte)','))
        {
            if (!(key == Ip4Hint ? AddressText.TryReadIp4(value[range], address) : AddressText.TryReadIp6(value[range], address)))
            {
                throw Bad(key, "lists IP addresses of its family");
            }

            octets.AddRange(address[..(key == Ip4Hint ? 4 : 16)]);
        }

        return [.. octets];
    }

    private static byte[] ReadBase64(ReadOnlySpan<byte> value)
    {
        var octets = new byte[value.Length];
        return Base64.DecodeFromUtf8(value, octets, out _, out var length) == System.Buffers.OperationStatus.Done && length > 0
            ? octets[..length]
            : throw Bad(Ech, "is base 64");
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

    private static FormatException Bad(ushort key, string rule) => new($"The service parameter '{FieldMnemonics.ServiceKeys.Format(key)}' {rule}.");
}
