namespace ManagedDns.Engine.Signing;

/// <summary>Compares RDATA octet by octet.</summary>
internal sealed class OctetsComparer : IComparer<byte[]>, IEqualityComparer<byte[]>
{
    public static readonly OctetsComparer Instance = new();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => obj.Length;
}
