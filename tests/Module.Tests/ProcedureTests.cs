using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>
/// Runs docs/procedure.md from top to bottom as its reader does, and compares each screen. What the reader does elsewhere (on the primary) stands in
/// the page as comments for this test.
/// </summary>
public sealed partial class ProcedureTests : IDisposable
{
    private const string Before = """
        param($folder)
        $ErrorActionPreference = 'Stop'
        $primary = "$folder/primary"
        try {

        """;

    private const string After = """

        }
        finally {
          foreach ($store in $env:MANAGEDDNS_STORE, $primary) {
            if ((Get-SecondaryServer -StorePath $store).State -ne 'Stopped') { Stop-SecondaryServer -StorePath $store }
          }
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("manageddns-procedure-").FullName;

    [Fact]
    public async Task Every_command_of_the_procedure_shows_what_the_page_says()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "docs", "procedure.md"), TestContext.Current.CancellationToken);
        var blocks = Block().Matches(page).Select(match => (Kind: match.Groups["kind"].Value, Text: match.Groups["text"].Value)).ToArray();
        var script = new StringBuilder(Before);
        var screens = new List<(string Command, string Screen)>();
        for (var i = 0; i < blocks.Length; i++)
        {
            if (blocks[i].Kind == "text")
            {
                continue;
            }

            var screen = i + 1 < blocks.Length && blocks[i + 1].Kind == "text" ? blocks[i + 1].Text : "";
            script.AppendLine("'@@@' | Out-Host").AppendLine(". {").Append(blocks[i].Text).AppendLine("} | Out-Host");
            screens.Add((blocks[i].Text, blocks[i].Kind == "test" ? "" : screen));
        }

        var output = await RunAsync(script.Append(After).ToString());

        var shown = output.Split("@@@\n")[1..];
        Assert.True(shown.Length == screens.Count, $"The procedure ended early:\n{output}");
        foreach (var ((command, expected), seen) in screens.Zip(shown))
        {
            Assert.True(Pattern(expected).IsMatch(Normal(seen)), $"After\n{command}\nthe page has\n{expected}\nand this was seen:\n{seen}");
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Blanks and line ends do not count, so that a line broken elsewhere is the same; an ellipsis stands for anything.</summary>
    private static Regex Pattern(string screen) => new(
        "^" + string.Join(".*", Normal(screen).Split('…').Select(part => Regex.Escape(part.Trim()))) + "$", RegexOptions.Singleline);

    private static string Normal(string text) => Blanks().Replace(text, " ").Trim();

    private async Task<string> RunAsync(string script)
    {
        var file = Path.Combine(_folder, "procedure.ps1");
        await File.WriteAllTextAsync(file, script, TestContext.Current.CancellationToken);
        using var process = Process.Start(new ProcessStartInfo(Checkout.Console, ["-File", file, _folder])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["MANAGEDDNS_STORE"] = Path.Combine(_folder, "store") },
        })!;
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(TimeSpan.FromMinutes(4));
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(bound.Token);
        var errors = process.StandardError.ReadToEndAsync(bound.Token);
        await process.WaitForExitAsync(bound.Token);
        Assert.True(process.ExitCode == 0, $"{await errors}\n{await output}");
        return (await output).ReplaceLineEndings("\n");
    }

    [GeneratedRegex("""^```(?<kind>powershell|text)\n(?<text>.*?)^```$|^<!-- (?<kind>test)\n(?<text>.*?)^-->$""", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
