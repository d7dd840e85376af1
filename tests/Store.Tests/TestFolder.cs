namespace Store.Tests;

/// <summary>A folder of its own for one test.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("manageddns-").FullName;

    /// <summary>Does not exist yet: opening a store makes it.</summary>
    public string Store => System.IO.Path.Combine(Path, "store");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
