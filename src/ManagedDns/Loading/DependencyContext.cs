using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace ManagedDns.Loading;

/// <summary>
/// Holds the assemblies of <c>dependencies/</c> apart from what the host or another module has loaded under the same names, so that each keeps its
/// own versions. Native libraries come from <c>&lt;rid&gt;/</c>.
/// </summary>
internal sealed class DependencyContext(string moduleFolder) : AssemblyLoadContext("ManagedDns")
{
    private readonly string _dependencies = Path.Combine(moduleFolder, "dependencies");

    /// <summary>
    /// Answers the default context, where ManagedDns.dll lives. Only our own assemblies are handed out there: what they need is found by
    /// <see cref="Load"/> and stays in here.
    /// </summary>
    public Assembly? Resolve(AssemblyLoadContext asking, AssemblyName name) =>
        name.Name?.StartsWith("ManagedDns.", StringComparison.Ordinal) == true ? Load(name) ?? LoadBeside(name) : null;

    protected override Assembly? Load(AssemblyName assemblyName) => LoadFrom(Path.Combine(_dependencies, assemblyName.Name + ".dll"));

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        foreach (var extension in (ReadOnlySpan<string>)[".so", ".dylib", ".dll"])
        {
            var path = Path.Combine(moduleFolder, Runtime(), unmanagedDllName + extension);
            if (File.Exists(path))
            {
                return LoadUnmanagedDllFromPath(path);
            }
        }

        return 0;
    }

    private static string Runtime()
    {
        var architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : IsMusl() ? "linux-musl" : "linux";
        return $"{system}-{architecture}";
    }

    private static bool IsMusl() => RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal)
        || RuntimeInformation.RuntimeIdentifier.StartsWith("alpine", StringComparison.Ordinal);

    private Assembly? LoadFrom(string path) => File.Exists(path) ? LoadFromAssemblyPath(path) : null;

    private Assembly? LoadBeside(AssemblyName name)
    {
        var path = Path.Combine(moduleFolder, name.Name + ".dll");
        return File.Exists(path) ? Default.LoadFromAssemblyPath(path) : null;
    }
}
