using System.Management.Automation;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>The help that the build makes: every cmdlet and parameter is in it, and every example runs.</summary>
public sealed class HelpTests(HelpTests.World world) : IClassFixture<HelpTests.World>
{
    private static readonly XNamespace s_command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace s_maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace s_dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>
    /// These need the server that runs. The others change a store, or start and stop a server: each of their examples gets a copy without one.
    /// </summary>
    private static readonly string[] s_needServer = ["Get-", "Compare-", "Test-", "Resolve-", "Wait-", "Export-", "Start-ZoneTransfer"];

    private static readonly Lazy<XElement[]> s_commands = new(() =>
        [.. XDocument.Load(Path.Combine(Checkout.Root, "en-US", "ManagedDns.dll-Help.xml")).Root!.Elements(s_command + "command")]);

    private readonly ModuleSession _session = world.Session;

    public static TheoryData<string> Examples =>
        [.. s_commands.Value.SelectMany(command => command.Descendants(s_dev + "code")).Select(code => code.Value).Distinct()];

    [Fact]
    public void Every_cmdlet_and_every_parameter_is_described()
    {
        var missing =
            from command in s_commands.Value
            from gap in Gaps(command)
            select $"{Name(command)}: {gap}";

        Assert.Equal("", string.Join('\n', missing));
        var exported = _session.Run("Get-Command -Module ManagedDns").Select(command => ((CommandInfo)command.BaseObject).Name);
        Assert.Equal(exported.Order(), s_commands.Value.Select(Name).Order());
    }

    [Fact]
    public void Every_parameter_set_has_an_example()
    {
        var missing =
            from command in s_commands.Value
            let sets = command.Element(s_command + "syntax")!.Elements(s_command + "syntaxItem").Count()
            let examples = command.Descendants(s_dev + "code").Count()
            where examples < sets
            select $"{Name(command)}: {examples} examples for {sets} parameter sets";

        Assert.Equal("", string.Join('\n', missing));
    }

    [Fact]
    public void The_topic_on_troubleshooting_tells_of_every_reason_that_an_error_may_have()
    {
        var topic = File.ReadAllText(Path.Combine(Checkout.Root, "en-US", "about_ManagedDns_Troubleshooting.help.txt"));
        var reasons = _session.Run("[enum]::GetNames([ManagedDns.Dns.FailureReason])").Select(name => name.ToString())
            .Concat(Names("src/ManagedDns.Store/StoreException.cs", "StoreError")).Where(name => name != "None").ToArray();

        Assert.Contains("TooEarly", reasons);
        Assert.DoesNotContain(reasons, reason => !Regex.IsMatch(topic, $@"(?m)^    (\w+, )*{reason}\b"));
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void The_example_runs(string example)
    {
        ArgumentNullException.ThrowIfNull(example);
        var live = NeedsServer(example);
        _session.Run(
            "$PSDefaultParameterValues['*:StorePath'] = $args[0]; $null = $ExecutionContext.SessionState.Path.SetLocation($args[1])",
            live ? world.LiveStore : world.CopyStore(), _session.Folder);
        _session.Run(example);
        var errors = string.Join('\n', _session.Errors);
        if (!live)
        {
            _session.Run("if ((Get-SecondaryServer).State -eq 'Running') { Stop-SecondaryServer }");
        }

        Assert.Equal("", errors);
    }

    /// <summary>The names of an enumeration that a session does not see, from its source.</summary>
    private static IEnumerable<string> Names(string file, string enumeration)
    {
        var body = Regex.Match(
            File.ReadAllText(Path.Combine(Checkout.Root, file)), $@"enum {enumeration}\n\{{(.*?)^\}}", RegexOptions.Singleline | RegexOptions.Multiline);
        return Regex.Matches(Regex.Replace(body.Groups[1].Value, "//.*", ""), @"\w+").Select(name => name.Value);
    }

    private static bool NeedsServer(string example) =>
        s_needServer.Any(start => example.TrimStart('(').StartsWith(start, StringComparison.Ordinal))
        && !example.Contains("| Enable-", StringComparison.Ordinal) && !example.Contains("| Disable-", StringComparison.Ordinal);

    private static IEnumerable<string> Gaps(XElement command)
    {
        if (string.IsNullOrWhiteSpace(command.Element(s_command + "details")!.Element(s_maml + "description")!.Value))
        {
            yield return "no synopsis";
        }

        foreach (var parameter in command.Element(s_command + "parameters")!.Elements(s_command + "parameter"))
        {
            if (string.IsNullOrWhiteSpace(parameter.Element(s_maml + "description")!.Value))
            {
                yield return $"-{parameter.Element(s_maml + "name")!.Value} is not described";
            }
        }
    }

    private static string Name(XElement command) => command.Element(s_command + "details")!.Element(s_command + "name")!.Value;

    /// <summary>
    /// What the examples speak of: a primary that serves example.com, and a store of ours that knows it, once with a server and once without.
    /// </summary>
    public sealed class World : IDisposable
    {
        private int _copies;

        public World()
        {
            File.WriteAllText(
                Path.Combine(Session.Folder, "example.com.zone"),
                "@ 60 IN SOA ns1 h 1 3600 600 86400 60\n@ 60 IN NS ns1\nns1 60 IN A 127.0.0.1\nwww 60 IN A 192.0.2.80\n");
            File.WriteAllText(
                Path.Combine(Session.Folder, "transfer.key"), "key \"imported.example.com\" { algorithm hmac-sha256; secret \"//8//////////////////////w==\"; };");
            using (var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256))
            {
                File.WriteAllText(Path.Combine(Session.Folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
            }

            Session.Run(
                """
                param($Folder, $Primary, $Store, $Live)
                $null = $ExecutionContext.SessionState.Path.SetLocation($Folder)
                $PSDefaultParameterValues['*:StorePath'] = $Primary
                $key = New-TsigKey transfer.example.com
                Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0
                $null = New-ManagedZone example.com -ZoneFile ./example.com.zone
                Add-ZoneTransferAcl 127.0.0.0/8 -TsigKey transfer.example.com
                $null = New-ManagedZone moved.example
                Import-ZoneSigningKey moved.example ./key.pem
                foreach ($file in Export-ZoneSigningKey moved.example . -Force -Confirm:$false) { $file.MoveTo("$Folder/Kmoved.example.+013+12345$($file.Extension)") }
                Start-SecondaryServer
                $port = [Net.IPEndPoint]::Parse((Get-SecondaryServer).EndPoints[0]).Port

                $PSDefaultParameterValues['*:StorePath'] = $Store
                $secret = [Net.NetworkCredential]::new('', $key.Secret).SecurePassword
                $null = New-TsigKey transfer.example.com -Secret $secret
                $null = New-TsigKey old.example.com
                $null = Start-TsigKeyRollover old.example.com -NewName new.example.com
                $null = New-CommonSetting customers
                $null = New-PrimaryNameServer ns-home 127.0.0.1 -Port $port -TsigKey transfer.example.com
                $null = New-PrimaryNameServer ns-backup 192.0.2.54 -CommonSetting customers
                Enable-PrimaryNameServer ns-home
                $null = New-ManagedZone example.com
                $null = New-ManagedZone secure.example -HiddenPrimary
                Import-ZoneSigningKey secure.example ./key.pem
                Enable-ZoneSigning secure.example -ParentServer 127.0.0.1:9
                Add-ZoneTransferAcl 198.51.100.0/24
                Add-NotifyTarget 198.51.100.53
                $null = New-ManagedNameServer ns1.example.net 192.0.2.53
                Set-SecondaryServer -ListenAddress 127.0.0.1 -Port 0
                Enable-ZoneProxy example.com
                """,
                Session.Folder, PrimaryStore, Session.Store, LiveStore);
            Assert.Empty(Session.Errors);
            Session.Run(
                "Export-ManagedDnsConfiguration ./exported.json -StorePath $args[0]; $null = Backup-ManagedDnsStore ./saved -StorePath $args[0]", Session.Store);
            Assert.Empty(Session.Errors);
            Copy(LiveStore);
            Session.Run("Start-SecondaryServer -StorePath $args[0]; Wait-ZoneSerial example.com 1 -Timeout 120 -StorePath $args[0]", LiveStore);
            Assert.Empty(Session.Errors);
        }

        public ModuleSession Session { get; } = new();

        public string LiveStore => Path.Combine(Session.Folder, "live");

        private string PrimaryStore => Path.Combine(Session.Folder, "primary");

        /// <summary>A copy of the store that no server has run on.</summary>
        public string CopyStore()
        {
            var copy = Path.Combine(Session.Folder, $"copy{++_copies}");
            Copy(copy);
            return copy;
        }

        public void Dispose()
        {
            Session.Run("foreach ($store in $args) { Stop-SecondaryServer -StorePath $store }", LiveStore, PrimaryStore);
            Session.Dispose();
        }

        private void Copy(string folder)
        {
            Directory.CreateDirectory(folder);
            foreach (var file in Directory.EnumerateFiles(Session.Store))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }
        }
    }
}
