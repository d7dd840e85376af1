using System.Collections.Immutable;
using System.Net;

namespace ManagedDns.Model;

/// <summary>How what lies in other people's zones is looked up: from the root down, or through resolving name servers.</summary>
/// <param name="RootHints">Root servers; none: the Internet's.</param>
/// <param name="Resolvers">Where there are any, they are asked instead.</param>
/// <param name="Port">Of name servers that are found by their names.</param>
public sealed record LookupSettings(ImmutableArray<IPEndPoint> RootHints, ImmutableArray<IPEndPoint> Resolvers, int Port)
{
    public static readonly LookupSettings Default = new([], [], 53);

    public bool Equals(LookupSettings? other) =>
        other is not null && RootHints.SequenceEqual(other.RootHints) && Resolvers.SequenceEqual(other.Resolvers) && Port == other.Port;

    public override int GetHashCode() => HashCode.Combine(RootHints.Length, Resolvers.Length, Port);
}
