using System.Xml.Linq;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>Holds the directions of docs/architecture.md: who may know whom.</summary>
public sealed class DirectionTests
{
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["ManagedDns"] = ["ManagedDns.Dns", "ManagedDns.Health", "ManagedDns.Lookup", "ManagedDns.Model", "ManagedDns.Store"],
        ["ManagedDns.Console"] = [],
        ["ManagedDns.Daemon"] = ["ManagedDns.Dns", "ManagedDns.Engine", "ManagedDns.Health", "ManagedDns.Lookup", "ManagedDns.Model", "ManagedDns.Store"],
        ["ManagedDns.Dns"] = [],
        ["ManagedDns.Engine"] = ["ManagedDns.Dns", "ManagedDns.Model"],
        ["ManagedDns.Health"] = ["ManagedDns.Dns", "ManagedDns.Model"],
        ["ManagedDns.Lookup"] = ["ManagedDns.Dns"],
        ["ManagedDns.Model"] = ["ManagedDns.Dns"],
        ["ManagedDns.Store"] = ["ManagedDns.Dns", "ManagedDns.Model"],
    };

    public static TheoryData<string> Projects =>
        [.. Directory.EnumerateDirectories(Path.Combine(Checkout.Root, "src")).Select(folder => Path.GetFileName(folder)!)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_what_lies_below_it(string project)
    {
        var file = XDocument.Load(Path.Combine(Checkout.Root, "src", project, project + ".csproj"));
        var references = file.Descendants("ProjectReference")
            .Where(reference => reference.Attribute("ReferenceOutputAssembly")?.Value != "false")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));

        Assert.Empty(references.Except(s_allowed[project]));
    }

    [Theory]
    [InlineData("ManagedDns.Store", "Microsoft.Data.Sqlite")]
    [InlineData("ManagedDns.Lookup", "ARSoft.Tools.Net")]
    [InlineData("ManagedDns.Daemon", "Microsoft.Extensions.Hosting")]
    [InlineData("ManagedDns", "PowerShellStandard.Library")]
    [InlineData("ManagedDns.Console", "System.Management.Automation")]
    public void A_package_is_known_to_one_project_only(string owner, string package)
    {
        var users = Directory.EnumerateFiles(Path.Combine(Checkout.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Where(file => XDocument.Load(file).Descendants("PackageReference").Any(reference => reference.Attribute("Include")?.Value == package))
            .Select(file => Path.GetFileNameWithoutExtension(file));

        Assert.Equal([owner], users);
    }

    [Fact]
    public void Beside_the_module_lies_only_what_is_ours()
    {
        var beside = Directory.EnumerateFiles(Checkout.ModuleFolder, "*.dll").Select(file => Path.GetFileName(file));

        Assert.Equal(["ManagedDns.Dns.dll", "ManagedDns.Health.dll", "ManagedDns.Model.dll", "ManagedDns.dll"], beside.Order(StringComparer.Ordinal));
    }
}
