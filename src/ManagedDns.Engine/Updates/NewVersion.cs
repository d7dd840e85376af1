using System.Collections.Immutable;
using ManagedDns.Engine.Zones;
using ManagedDns.Model;

namespace ManagedDns.Engine.Updates;

/// <summary>A version that was built aside and passed the checks.</summary>
/// <param name="Differences">What leads to it from the version before; empty where that is not known or not worth it.</param>
internal sealed record NewVersion(ZoneContents Contents, ImmutableArray<Difference> Differences) : IDisposable
{
    /// <summary>What the checks found and did not reject it for, a sentence each.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    public void Dispose() => Contents.Dispose();
}
