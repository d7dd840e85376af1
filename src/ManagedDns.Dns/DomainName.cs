using System.Diagnostics.CodeAnalysis;

namespace ManagedDns.Dns;

/// <summary>
/// A domain name in wire form: labels with their length octets and the root label, at most 255 octets (RFC 1035 §3.1).
/// Comparison ignores the case of ASCII letters (RFC 4343); the case given is kept. Order is the canonical order of RFC 4034 §6.1.
/// </summary>
public sealed class DomainName : IEquatable<DomainName>, IComparable<DomainName>
{
    public const int MaxWireLength = 255;
    public const int MaxLabelLength = 63;

    public static readonly DomainName Root = new([0]);

    private readonly byte[] _wire;

    private DomainName(byte[] wire) => _wire = wire;

    /// <summary>The uncompressed wire form, final root label included.</summary>
    public ReadOnlySpan<byte> Wire => _wire;

    public ReadOnlyMemory<byte> WireMemory => _wire;

    public bool IsRoot => _wire.Length == 1;

    public bool IsWildcard => _wire is [1, (byte)'*', ..];

    /// <summary>The number of labels, the root label not counted.</summary>
    public int LabelCount
    {
        get
        {
            var count = 0;
            for (var i = 0; _wire[i] != 0; i += _wire[i] + 1)
            {
                count++;
            }

            return count;
        }
    }

    /// <summary>The name without its first label; the root's parent is the root.</summary>
    public DomainName Parent => IsRoot ? this : new DomainName(_wire[(_wire[0] + 1)..]);

    /// <summary>Copies an uncompressed wire name. Octets after the root label are ignored.</summary>
    /// <exception cref="FormatException">The octets are no domain name.</exception>
    public static DomainName FromWire(ReadOnlySpan<byte> wire)
    {
        var length = WireName.Length(wire);
        return length switch
        {
            < 0 => throw new FormatException("The octets are not a domain name in uncompressed wire form."),
            1 => Root,
            _ => new DomainName(wire[..length].ToArray()),
        };
    }

    /// <summary>Reads presentation format, always as an absolute name: the final dot may be missing. Characters outside ASCII become A-labels (RFC 5891).</summary>
    /// <exception cref="FormatException">The text is no domain name; the message says why.</exception>
    public static DomainName Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var name, out var error) ? name : throw new FormatException(error);
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out DomainName? name, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        name = null;
        if (!DomainNameText.TryParse(text, Root.Wire, out var wire, out error))
        {
            return false;
        }

        name = new DomainName(wire);
        return true;
    }

    /// <summary>The name with <paramref name="label"/> (1 to 63 octets) put before it.</summary>
    /// <exception cref="FormatException">The label or the result is too long.</exception>
    public DomainName Prepend(ReadOnlySpan<byte> label)
    {
        if (label.Length is 0 or > MaxLabelLength || label.Length + 1 + _wire.Length > MaxWireLength)
        {
            throw new FormatException("A label has 1 to 63 octets and a name at most 255.");
        }

        var wire = new byte[label.Length + 1 + _wire.Length];
        wire[0] = (byte)label.Length;
        label.CopyTo(wire.AsSpan(1));
        _wire.CopyTo(wire, label.Length + 1);
        return new DomainName(wire);
    }

    /// <summary>Whether this name is <paramref name="ancestor"/> or lies below it.</summary>
    public bool IsSubdomainOf(DomainName ancestor)
    {
        ArgumentNullException.ThrowIfNull(ancestor);
        return WireName.IsSubdomainOf(_wire, ancestor._wire);
    }

    public bool Equals(DomainName? other) => other is not null && WireName.Equals(_wire, other._wire);

    public override bool Equals(object? obj) => Equals(obj as DomainName);

    public override int GetHashCode() => WireName.HashCode(_wire);

    public int CompareTo(DomainName? other) => other is null ? 1 : WireName.Compare(_wire, other._wire);

    public static bool operator ==(DomainName? left, DomainName? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(DomainName? left, DomainName? right) => !(left == right);

    public static bool operator <(DomainName left, DomainName right) => left.CompareTo(right) < 0;

    public static bool operator <=(DomainName left, DomainName right) => left.CompareTo(right) <= 0;

    public static bool operator >(DomainName left, DomainName right) => left.CompareTo(right) > 0;

    public static bool operator >=(DomainName left, DomainName right) => left.CompareTo(right) >= 0;

    /// <summary>Presentation format with the final dot: <c>www.example.com.</c></summary>
    public override string ToString() => DomainNameText.Format(_wire);

    /// <summary>Presentation format as people write it in settings, without the final dot: <c>www.example.com</c>; the root is <c>.</c></summary>
    public string ToDisplayString() => IsRoot ? "." : ToString()[..^1];
}
