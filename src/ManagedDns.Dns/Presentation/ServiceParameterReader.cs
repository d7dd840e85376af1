using System.Buffers.Binary;
using System.Buffers.Text;
using static ManagedDns.Dns.Presentation.ServiceKey;

namespace ManagedDns.Dns.Presentation;

/// <summary>Reads SVCB parameters (RFC 9460 §2.1): <c>key=value</c> items in any order, sorted by key on the wire.</summary>
internal static class ServiceParameterReader
{
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

    private static FormatException Bad(ushort key, string rule) => new($"The service parameter '{FieldMnemonics.ServiceKeys.Format(key)}' {rule}.");
}
