using System.Diagnostics;
using System.Reflection;
using System.Reflection.Emit;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>The console as a process: what scripts and terminals see of it.</summary>
public sealed class ConsoleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("manageddns-").FullName;

    [Theory]
    [InlineData("'fine'", 0)]
    [InlineData("exit 4", 4)]
    [InlineData("throw 'gone'", 1)]
    [InlineData("Get-ManagedZone nosuch.example", 1)]
    [InlineData("Get-ManagedZone nosuch.example; 'after'", 0)]
    public async Task The_exit_code_is_that_of_pwsh(string command, int expected) => Assert.Equal(
        expected, (await RunAsync("", "-Command", command)).ExitCode);

    [Fact]
    public async Task A_script_gets_its_arguments_by_name_and_position_and_its_exit_code_is_passed_on()
    {
        var script = Script("param([string]$Name, [switch]$Flag, $Rest) \"$Name|$Flag|$Rest\"; [pscustomobject]@{ Member = 'shown' }; exit 7");

        var (exitCode, output, _) = await RunAsync("", "-File", script, "-Name", "it's", "-Flag", "a b");

        Assert.Equal(7, exitCode);
        Assert.StartsWith("it's|True|a b", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_go_to_stderr_with_their_recommendation_and_without_colours()
    {
        var (_, output, errors) = await RunAsync("", "-Command", "$null = New-ManagedZone a.example; Get-ManagedZone nosuch.example; 'after'");

        Assert.Equal("after", output.Trim());
        Assert.Contains("There is no managed zone 'nosuch.example'.", errors, StringComparison.Ordinal);
        Assert.Contains("Recommendation:", errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', errors);
    }

    [Fact]
    public async Task The_module_works_beside_others_that_have_brought_other_versions_of_its_libraries()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "others")).FullName;
        var libraries = Directory.EnumerateFiles(Path.Combine(Checkout.ModuleFolder, "dependencies"), "*.dll");
        foreach (var library in libraries.Where(library => !Path.GetFileName(library).StartsWith("ManagedDns.", StringComparison.Ordinal)))
        {
            // Empty, so that whoever took it for the real one would find nothing in it.
            var name = Path.GetFileNameWithoutExtension(library);
            var other = new PersistedAssemblyBuilder(new AssemblyName(name) { Version = new(0, 1, 2, 3) }, typeof(object).Assembly);
            other.DefineDynamicModule(name);
            other.Save(Path.Combine(folder, $"{name}.dll"));
        }

        var (exitCode, output, errors) = await RunAsync(
            "",
            "-File",
            Script(
                $$"""
                $ErrorActionPreference = 'Stop'
                foreach ($file in [IO.Directory]::GetFiles('{{folder}}')) { $null = [Reflection.Assembly]::LoadFrom($file) }
                Import-Module '{{Checkout.Manifest}}'
                $null = New-TsigKey k.example -StorePath '{{_folder}}/store'
                $null = New-ManagedZone a.example -StorePath '{{_folder}}/store'
                (Get-TsigKey -StorePath '{{_folder}}/store').Name
                (Test-ZoneDelegation a.example -Resolver 127.0.0.1:9 -StorePath '{{_folder}}/store').Check
                [AppDomain]::CurrentDomain.GetAssemblies().Where({ $_.GetName().Version -eq [version]'0.1.2.3' }).Count
                """));

        Assert.True(errors.Length == 0, errors);
        Assert.Equal(0, exitCode);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(["k.example", "Delegation"], lines[..2]);

        // One that the host has itself may win over the other version.
        Assert.True(int.Parse(lines[2], System.Globalization.CultureInfo.InvariantCulture) >= Directory.GetFiles(folder).Length - 1, output);
    }

    [Fact]
    public async Task Cleaning_up_is_done_when_a_script_fails()
    {
        var (exitCode, output, errors) = await RunAsync("", "-File", Script("try { throw 'gone' } finally { 'cleaned' }"));

        Assert.Equal(1, exitCode);
        Assert.Contains("cleaned", output, StringComparison.Ordinal);
        Assert.Contains("gone", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_on_standard_input_are_run_one_by_one_and_keep_their_variables()
    {
        var (exitCode, output, _) = await RunAsync("$x = 40\n$x + 2\nexit 3\n'not reached'\n");

        Assert.Equal(3, exitCode);
        Assert.Equal("42", output.Trim());
    }

    [Fact]
    public async Task A_confirmation_without_an_answer_is_an_error_and_not_a_yes()
    {
        var (_, _, errors) = await RunAsync("", "-Command", "$null = New-TsigKey k; Remove-TsigKey k; Get-TsigKey | ForEach-Object Name");

        Assert.Contains("-Confirm:$false", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-File")]
    [InlineData("-NoSuchOption")]
    public async Task Arguments_that_make_no_sense_are_told_with_the_usage(string argument)
    {
        var (exitCode, _, errors) = await RunAsync("", argument);

        Assert.Equal(64, exitCode);
        Assert.Contains("-Command", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_table_fits_into_80_columns_with_its_last_column()
    {
        var zone = Path.Combine(_folder, "f.zone");
        await File.WriteAllTextAsync(
            zone,
            "@ 60 IN SOA ns h 4294967295 2 3 4 5\n@ 60 IN NS ns\nns 60 IN AAAA 2001:db8:1111:2222:3333:4444:5555:6666\n",
            TestContext.Current.CancellationToken);
        var script = Script("""
            param($Zone)
            $env:COLUMNS = 80
            $long = 'a-rather-long-name-of-something-that-somebody-chose.example.com'
            New-TsigKey $long -Comment $long | Out-Host
            New-CommonSetting $long -Comment $long | Out-Host
            New-PrimaryNameServer $long 2001:db8:1111:2222:3333:4444:5555:6666 -Port 65535 -TsigKey $long -CommonSetting $long | Out-Host
            Add-ZoneTransferAcl 2001:db8:1111:2222:3333:4444:5555:6666 -TsigKey $long -PassThru | Out-Host
            Add-NotifyTarget 2001:db8:1111:2222:3333:4444:5555:6666 -Port 65535 -TsigKey $long -PassThru | Out-Host
            New-ManagedZone $long -CommonSetting $long -HiddenPrimary | Out-Host
            $null = New-ManagedZone f.example -ZoneFile $Zone
            Get-ManagedZoneRecord f.example | Out-Host
            New-ManagedNameServer $long 2001:db8:1111:2222:3333:4444:5555:6666, 192.0.2.1, 2001:db8::1, 2001:db8::2 | Out-Host
            New-SigningPolicy $long -Denial Nsec3 -OptOut -SplitKeys -SerialPolicy DateCounter | Out-Host
            Enable-ZoneSigning $long -SigningPolicy $long -PassThru -WarningAction SilentlyContinue | Out-Host
            Get-SigningPolicy | Out-Host
            Get-ZoneSigning | Out-Host
            Get-TsigKey | Out-Host
            Get-ZoneProxy -WarningAction SilentlyContinue | Out-Host
            Test-ZoneProxy f.example -SkipDelegation | Out-Host
            Get-SecondaryServer | Out-Host
            """);

        var (_, output, errors) = await RunAsync("", "-File", script, zone);

        Assert.Equal("", errors);
        var lines = output.Split('\n').Select(line => line.TrimEnd()).ToArray();
        Assert.All(lines, line => Assert.True(line.Length <= 80, line));
        string[] headings =
        [
            "Used by", "Primaries", "Comment", "Priority", "Network", "TSIG key", "Address", "Comes from", "Owner", "Data", "Expires", "Next step",
            "NotApplicable Proxy", "PermitAddress", "Renewal", "Waits for",
        ];
        foreach (var heading in headings)
        {
            Assert.Contains(lines, line => line.Contains(heading, StringComparison.Ordinal));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Script(string text)
    {
        var path = Path.Combine(_folder, "script.ps1");
        File.WriteAllText(path, text);
        return path;
    }

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(string input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Checkout.Console, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["MANAGEDDNS_STORE"] = Path.Combine(_folder, "store") },
        })!;
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(TimeSpan.FromMinutes(4));
        var output = process.StandardOutput.ReadToEndAsync(bound.Token);
        var errors = process.StandardError.ReadToEndAsync(bound.Token);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(bound.Token);
        return (process.ExitCode, await output, await errors);
    }
}
