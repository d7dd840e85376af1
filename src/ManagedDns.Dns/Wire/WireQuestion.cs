namespace ManagedDns.Dns.Wire;

/// <summary>A question as spans into its message; the name is uncompressed and in the case the client sent.</summary>
public readonly ref struct WireQuestion
{
    public WireQuestion(ReadOnlySpan<byte> name, RecordType type, RecordClass @class)
    {
        Name = name;
        Type = type;
        Class = @class;
    }

    public ReadOnlySpan<byte> Name { get; }

    public RecordType Type { get; }

    public RecordClass Class { get; }
}
