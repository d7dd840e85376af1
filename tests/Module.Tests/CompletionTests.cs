using System.Management.Automation;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>Tab completion of every parameter of every cmdlet: what stands in the store is offered wherever it can be meant.</summary>
public sealed class CompletionTests(CompletionTests.FilledStore filled) : IClassFixture<CompletionTests.FilledStore>
{
    /// <summary>
    /// Parameters that name nothing in the store: something new, a file, a text of one's own. New ones must be put here, or be completed.
    /// </summary>
    private static readonly string[] s_free =
    [
        "StorePath", "Path", "LiteralPath", "ZoneFile", "OutFile", "CertificatePath", "PrivateKeyPath", "TlsAuthorityPath", // files: PowerShell completes them itself
        "NewName", "Comment", "NodeName", "VersionText", "ServiceName", "User", "TlsHostName", "TlsPin", "ClientPin", "Owner",
        "NewCatalog", "ForeignKey", // another server's
        "RootHint", "Resolver", "ParentServer", "ParentPrimary", "NotifySender", "RateLimitExempt",
    ];

    /// <summary>What each parameter must offer, by its name; <c>Name</c> and other keys by the cmdlet's noun.</summary>
    private static readonly Dictionary<string, string> s_offered = new()
    {
        ["TsigKey"] = "key.example",
        ["ParentTsigKey"] = "key.example",
        ["CommonSetting"] = "customers",
        ["MemberSetting"] = "customers",
        ["PrimaryNameServer"] = "home",
        ["SigningPolicy"] = "strict",
        ["CatalogZone"] = "catalog.example",
        ["ManagedNameServer"] = "ns1.example.net",
        ["Network"] = "192.0.2.0/24",
        ["Address"] = "192.0.2.9",
        ["Zone"] = "signed.example",
        ["Type"] = "AAAA",
        ["Check"] = "SoaOverUdp",
    };

    private readonly ModuleSession _session = filled.Session;

    [Fact]
    public void Every_parameter_that_may_name_something_stored_offers_it()
    {
        var failures = new List<string>();
        var tried = 0;
        foreach (var command in _session.Run("Get-Command -Module ManagedDns").Select(command => (CmdletInfo)command.BaseObject))
        {
            foreach (var parameter in command.Parameters.Values.Where(parameter => IsText(parameter) && !IsCommon(parameter) && !s_free.Contains(parameter.Name)))
            {
                if (command.Verb is "New" or "Add" && parameter.Name is "Name" or "Network" or "Address" && command.Noun != "CatalogZone")
                {
                    continue;
                }

                tried++;
                var wanted = Wanted(command, parameter.Name);
                var text = $"{command.Name} -{parameter.Name} ";
                var offered = Offered(text);
                if (wanted is null || !offered.Contains(wanted) || !Offered(text + wanted[..2]).Contains(wanted))
                {
                    failures.Add($"{text}: {wanted ?? "nothing is known to be meant"}, not among {string.Join(", ", offered.Take(5))}");
                }
            }
        }

        Assert.Empty(failures);
        Assert.True(tried > 80, $"{tried}");
    }

    [Fact]
    public void The_tags_of_the_keys_of_a_zone_are_offered_where_the_zone_is_given()
    {
        var tag = _session.One("Get-ZoneSigningKey keyed.example").Text("KeyTag")!;

        Assert.Equal([tag], Offered("Export-ZoneSigningKey -Zone keyed.example -KeyTag "));
        Assert.DoesNotContain(tag, Offered("Export-ZoneSigningKey -Zone signed.example -KeyTag "));
    }

    [Theory]
    [InlineData("Get-CommonSetting 'a b", "'a b''c'")]
    [InlineData("Get-CommonSetting a", "'a b''c'")]
    [InlineData("Remove-CatalogZone -Name cat", "catalog.example")]
    public void What_needs_quotes_gets_them(string typed, string offered) => Assert.Contains(offered, Offered(typed));

    // A completer sees what is typed, so the store is named on the line.
    private string[] Offered(string typed) =>
    [
        .. _session.Run(
            "(TabExpansion2 $args[0] $args[0].Length).CompletionMatches.CompletionText",
            typed.Insert(typed.IndexOf(' ', StringComparison.Ordinal), $" -StorePath {_session.Store}")).OfType<PSObject>().Select(match => match.ToString()),
    ];

    private static string? Wanted(CmdletInfo command, string parameter) => parameter == "Name"
        ? command.Noun switch
        {
            "TsigKey" or "TsigKeyRollover" or "TsigKeyUse" => s_offered["TsigKey"],
            "CommonSetting" or "PrimaryNameServer" or "SigningPolicy" or "CatalogZone" or "ManagedNameServer" => s_offered[command.Noun],
            _ => s_offered["Zone"],
        }
        : s_offered.GetValueOrDefault(parameter);

    private static bool IsText(ParameterMetadata parameter) =>
        parameter.ParameterType == typeof(string) || parameter.ParameterType == typeof(string[])
        || (parameter.ParameterType == typeof(System.Net.IPAddress) && parameter.Name == "Address" && parameter.Attributes.OfType<ArgumentCompleterAttribute>().Any());

    private static bool IsCommon(ParameterMetadata parameter) =>
        Cmdlet.CommonParameters.Contains(parameter.Name) || Cmdlet.OptionalCommonParameters.Contains(parameter.Name);

    public sealed class FilledStore : IDisposable
    {
        public FilledStore()
        {
            var pem = Path.Combine(Session.Folder, "key.pem");
            using (var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256))
            {
                File.WriteAllText(pem, key.ExportPkcs8PrivateKeyPem());
            }

            Session.Run(
                """
                $null = New-TsigKey key.example
                $null = 'customers', "a b'c" | ForEach-Object { New-CommonSetting $_ }
                $null = New-PrimaryNameServer home 192.0.2.1
                $null = New-SigningPolicy strict
                $null = New-CatalogZone catalog.example -Producer
                $null = New-ManagedNameServer ns1.example.net 192.0.2.53
                Add-ZoneTransferAcl 192.0.2.0/24
                Add-NotifyTarget 192.0.2.9
                $null = 'signed.example', 'keyed.example' | New-ManagedZone -HiddenPrimary
                Enable-ZoneSigning signed.example
                Import-ZoneSigningKey keyed.example $args[0]
                """,
                pem);
            Assert.Empty(Session.Errors);
        }

        public ModuleSession Session { get; } = new();

        public void Dispose() => Session.Dispose();
    }
}
