using System.Globalization;

namespace ManagedDns.Dns;

/// <summary>A zone's serial number with the arithmetic of RFC 1982.</summary>
public readonly record struct Serial(uint Value)
{
    /// <summary>Whether this serial is newer than <paramref name="other"/>. Two that lie exactly 2^31 apart are neither newer nor older.</summary>
    public bool IsNewerThan(Serial other) => unchecked((int)(Value - other.Value)) > 0;

    public static implicit operator Serial(uint value) => new(value);

    public static Serial FromUInt32(uint value) => new(value);

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
