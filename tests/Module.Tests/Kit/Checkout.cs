namespace ManagedDns.ModuleTests.Kit;

/// <summary>Where things lie in the checkout that these tests were built from.</summary>
internal static class Checkout
{
    public static string Root { get; } = FindRoot();

    public static string Manifest => Path.Combine(Root, "ManagedDns.psd1");

    public static string ModuleFolder => Path.Combine(Root, "out", "module");

    /// <summary>The console's program, of the configuration that these tests were built in.</summary>
    public static string Console => Path.Combine(
        Root, "src", "ManagedDns.Console", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0",
        OperatingSystem.IsWindows() ? "ManagedDns.Console.exe" : "ManagedDns.Console");

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ManagedDns.psd1")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("These tests run from a checkout.");
        }

        return folder.FullName;
    }
}
