using System.Management.Automation;
using System.Runtime.Loader;

namespace ManagedDns.Loading;

/// <summary>
/// Called by PowerShell before the first cmdlet is used. No type of this assembly may derive from, or hold a structure or enumeration of, an
/// assembly in <c>dependencies/</c>: PowerShell lists all types before it calls this.
/// </summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private static readonly Lock s_lock = new();
    private static DependencyContext? s_context;

    public void OnImport()
    {
        lock (s_lock)
        {
            // An import after Remove-Module finds the assembly loaded already, and what it has resolved stays resolved.
            if (s_context is null)
            {
                s_context = new DependencyContext(Path.GetDirectoryName(typeof(ModuleInitializer).Assembly.Location)!);
                AssemblyLoadContext.Default.Resolving += s_context.Resolve;
            }
        }
    }

    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        // The handler stays: an open store may still need an assembly that was not asked for so far.
    }
}
