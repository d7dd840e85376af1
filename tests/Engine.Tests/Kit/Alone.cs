namespace ManagedDns.Engine.Tests.Kit;

/// <summary>The collection of tests that measure what all tests share, such as the managed heap: none runs beside another.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
