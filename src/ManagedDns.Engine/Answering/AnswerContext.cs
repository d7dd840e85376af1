using System.Runtime.InteropServices;
using ManagedDns.Dns;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Engine.Answering;

/// <summary>The memory in which a thread answers: one at a time, used again for every query. Make one per thread or keep them in a pool.</summary>
public sealed unsafe class AnswerContext : IDisposable
{
    /// <summary>Octets behind a query that must be readable, whatever they are.</summary>
    public const int Slack = 16;

    private const int MaxMessage = 65535;

    private NameCompressor? _names;
    private byte* _large;

    public AnswerContext() => Query = (Query*)NativeMemory.AllocZeroed((nuint)sizeof(Query));

    ~AnswerContext() => Free();

    internal Query* Query { get; }

    internal ZoneAnswer Zones { get; } = new();

    /// <summary>A whole message's room to compose in what then must be made smaller.</summary>
    internal byte* Large => _large == null ? _large = (byte*)NativeMemory.Alloc(MaxMessage + Slack) : _large;

    internal static int LargeLength => MaxMessage;

    internal NameCompressor Names => _names ??= new NameCompressor();

    internal byte[] Scratch { get; } = new byte[MessageReader.ScratchLength];

    /// <summary>A name kept while records are read: the owner of a referral.</summary>
    internal byte[] Owner { get; } = new byte[DomainName.MaxWireLength];

    public void Dispose()
    {
        Free();
        Zones.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(Query);
        NativeMemory.Free(_large);
    }
}
