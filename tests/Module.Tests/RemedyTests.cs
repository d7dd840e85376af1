using System.Management.Automation;
using System.Text.RegularExpressions;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>What the messages of the whole project tell people to type must exist.</summary>
public sealed partial class RemedyTests : IDisposable
{
    private readonly ModuleSession _session = new();

    [Fact]
    public void Every_cmdlet_and_parameter_named_in_a_message_exists()
    {
        var cmdlets = _session.Run("Get-Command -Module ManagedDns").Select(command => (CommandInfo)command.BaseObject).ToDictionary(command => command.Name);
        var nouns = cmdlets.Keys.Select(name => name.Split('-')[1]).ToHashSet();
        var named = Directory.EnumerateFiles(Path.Combine(Checkout.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => Call().Matches(File.ReadAllText(file)))
            .Where(call => nouns.Contains(call.Groups["noun"].Value))
            .ToArray();

        Assert.NotEmpty(named);
        Assert.Empty(named.Where(call => !cmdlets.ContainsKey(call.Groups["name"].Value)).Select(call => call.Value));
        Assert.Empty(
            from call in named
            from parameter in call.Groups["parameter"].Captures
            where !cmdlets[call.Groups["name"].Value].Parameters.ContainsKey(parameter.Value)
            select call.Value);
    }

    public void Dispose() => _session.Dispose();

    /// <summary>A call: verb and noun, then parameters with at most one value each, which may be an interpolation.</summary>
    [GeneratedRegex("""\b(?<name>(?:New|Add|Get|Set|Copy|Enable|Disable|Test|Start|Stop|Restart|Wait|Remove|Import|Export|Resolve)-(?<noun>[A-Z]\w+))(?: (?:'?\{[^}]*\}'?|[<'a-z][^ "]*))?(?: -(?<parameter>[A-Z]\w+)(?: (?:'?\{[^}]*\}'?|[<'a-z$][^ "]*))?)*""")]
    private static partial Regex Call();
}
