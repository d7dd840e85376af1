using System.Text.RegularExpressions;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>docs/bad-days.md names tests: a name that is no test's any more would be a promise that nobody keeps.</summary>
public sealed partial class BadDaysTests
{
    [Fact]
    public void Every_test_that_the_page_names_is_one_of_the_suite()
    {
        var named = Name().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "bad-days.md"))).Select(match => match.Groups[1].Value).ToHashSet();
        var tests = Directory.EnumerateFiles(Path.Combine(Checkout.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .SelectMany(file => Test().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).ToHashSet();

        Assert.NotEmpty(named);
        Assert.Empty(named.Except(tests));
    }

    [GeneratedRegex(@"`([A-Z]\w+_\w+)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"public (?:async Task|void) (\w+)\(")]
    private static partial Regex Test();
}
