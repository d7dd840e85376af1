using System.Collections.Immutable;
using ManagedDns.Model;

namespace ManagedDns.Engine.Signing;

/// <summary>What follows from the keys at one moment.</summary>
/// <param name="Look">When to look again.</param>
/// <param name="NeedsDs">Whether it helps to ask the parent.</param>
internal sealed record KeyStep(
    ImmutableArray<ZoneKey> Keys, SigningState State, string? WaitingFor, DateTimeOffset? Until, DateTimeOffset? Look, bool NeedsDs);
