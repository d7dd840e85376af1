using System.Runtime.CompilerServices;

namespace ManagedDns.Dns;

/// <summary>The operations on names in uncompressed wire form, for code that has spans and makes no objects.</summary>
public static class WireName
{
    /// <summary>The length in octets of the name at the start of <paramref name="wire"/>, root label included; -1 where there is none.</summary>
    public static int Length(ReadOnlySpan<byte> wire)
    {
        var i = 0;
        while (i < wire.Length && i < DomainName.MaxWireLength)
        {
            var label = wire[i];
            if (label == 0)
            {
                return i + 1;
            }

            if (label > DomainName.MaxLabelLength)
            {
                return -1;
            }

            i += label + 1;
        }

        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte Lower(byte octet) => octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet | 0x20) : octet;

    /// <summary>Turns the ASCII letters of a wire name to lower case where it lies.</summary>
    public static void MakeLower(Span<byte> name)
    {
        foreach (ref var octet in name)
        {
            octet = Lower(octet);
        }
    }

    /// <summary>Equality that ignores ASCII case. Length octets are below 64, so they are never mistaken for letters.</summary>
    public static bool Equals(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        // Names that meet are mostly of one case, and then a few instructions compare them.
        if (left.SequenceEqual(right))
        {
            return true;
        }

        for (var i = 0; i < left.Length; i++)
        {
            if (left[i] != right[i] && Lower(left[i]) != Lower(right[i]))
            {
                return false;
            }
        }

        return true;
    }

    public static int HashCode(ReadOnlySpan<byte> name)
    {
        var hash = 2166136261u;
        foreach (var octet in name)
        {
            hash = (hash ^ Lower(octet)) * 16777619u;
        }

        return (int)hash;
    }

    /// <summary>Whether <paramref name="name"/> is <paramref name="ancestor"/> or lies below it.</summary>
    public static bool IsSubdomainOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte> ancestor)
    {
        while (name.Length > ancestor.Length)
        {
            name = name[(name[0] + 1)..];
        }

        return Equals(name, ancestor);
    }

    /// <summary>Canonical order (RFC 4034 §6.1): label by label from the root, each as lower-case octets.</summary>
    public static int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> leftStarts = stackalloc byte[128];
        Span<byte> rightStarts = stackalloc byte[128];
        var l = LabelStarts(left, leftStarts);
        var r = LabelStarts(right, rightStarts);
        while (l > 0 && r > 0)
        {
            int a = leftStarts[--l], b = rightStarts[--r];
            var order = CompareLabels(left.Slice(a + 1, left[a]), right.Slice(b + 1, right[b]));
            if (order != 0)
            {
                return order;
            }
        }

        return l - r;
    }

    /// <summary>Writes the offset of each label (not of the root) and returns how many there are.</summary>
    public static int LabelStarts(ReadOnlySpan<byte> name, Span<byte> starts)
    {
        var count = 0;
        for (var i = 0; name[i] != 0; i += name[i] + 1)
        {
            starts[count++] = (byte)i;
        }

        return count;
    }

    private static int CompareLabels(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var common = Math.Min(left.Length, right.Length);
        for (var i = 0; i < common; i++)
        {
            var order = Lower(left[i]) - Lower(right[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return left.Length - right.Length;
    }
}
