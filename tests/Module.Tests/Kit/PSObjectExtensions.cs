using System.Management.Automation;

namespace ManagedDns.ModuleTests.Kit;

internal static class PSObjectExtensions
{
    /// <summary>A property's value.</summary>
    public static object? Get(this PSObject item, string property) => item.Properties[property]!.Value;

    public static string? Text(this PSObject item, string property) => item.Get(property)?.ToString();

    /// <summary>The items of a property that is a list, as text.</summary>
    public static string[] List(this PSObject item, string property) =>
        [.. ((System.Collections.IEnumerable)item.Get(property)!).Cast<object>().Select(entry => entry.ToString()!)];
}
