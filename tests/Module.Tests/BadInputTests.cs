using System.Collections;
using System.Management.Automation;
using ManagedDns.ModuleTests.Kit;

namespace ManagedDns.ModuleTests;

/// <summary>
/// Every parameter of every cmdlet is given what makes no sense there: names of nothing, wildcards where there are none, odd characters, other kinds
/// of values. What
/// is an error has an id of its own, tells what is wrong in words, and what to do; never a stack trace, nor what .NET said.
/// </summary>
public sealed class BadInputTests
{
    /// <summary>These act on this machine: they are only asked what they would do.</summary>
    private static readonly string[] s_machine =
        ["Start-SecondaryServer", "Stop-SecondaryServer", "Restart-SecondaryServer", "Register-SecondaryServer", "Unregister-SecondaryServer"];

    private static readonly object?[] s_texts =
    [
        "", " ", "no such thing", "*.example", "[", "a..b", "x\ty\u0001", new string('a', 300), "'; DROP TABLE tsig_key; --", "-1", "\\", "\\999", "\u202eelpmaxe",
        "http://192.0.2.1/", "192.0.2", "\0", null,
    ];

    private static readonly object?[] s_others = ["", "abc", "-5", "99999999999", 3.7, "192.0.2", "1.2.3.4.5", "25:61:00", null];

    /// <summary>Valid values of the mandatory parameters, on the store that is prepared.</summary>
    private static readonly Dictionary<string, object> s_valid = new()
    {
        ["NewName"] = "new",
        ["Network"] = "192.0.2.0/24",
        ["Address"] = "192.0.2.9",
        ["For"] = "Bind9",
        ["Zone"] = "a.example",
        ["GracePeriod"] = TimeSpan.FromHours(1),
        ["Default"] = true,
        ["Producer"] = true,
    };

    public static TheoryData<string> Cmdlets
    {
        get
        {
            using var session = new ModuleSession();
            return [.. session.Run("Get-Command -Module ManagedDns").Select(command => ((CmdletInfo)command.BaseObject).Name)];
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Each_error_about_what_was_typed_is_typed_and_says_what_to_do(string name)
    {
        using var session = new ModuleSession();
        Prepare(session);
        var command = (CmdletInfo)session.One("Get-Command $args[0]", name).BaseObject;
        var complaints = new List<string>();
        foreach (var parameter in command.Parameters.Values.Where(IsOfInterest))
        {
            foreach (var value in IsText(parameter) ? s_texts : s_others)
            {
                // Somebody may be root: nothing is to be written outside the test's folder.
                if (value is string { Length: > 0 } text && text[0] == '\\' && (parameter.Name.EndsWith("Path", StringComparison.Ordinal) || parameter.Name.EndsWith("File", StringComparison.Ordinal)))
                {
                    continue;
                }

                var bound = Mandatory(session, command, parameter.Name);
                bound[parameter.Name] = value;
                session.Run("$bound = $args[1]; & $args[0] @bound", name, bound);
                var shown = value is null ? "$null" : $"'{(value is string { Length: > 60 } ? "a long text" : value)}'";
                complaints.AddRange(session.Errors.SelectMany(Complaints).Select(complaint => $"{name} -{parameter.Name} {shown}: {complaint}"));
                if (MustFail(command, parameter, value) && session.Errors.Count == 0)
                {
                    complaints.Add($"{name} -{parameter.Name} {shown}: no error");
                }
            }
        }

        Assert.True(complaints.Count == 0, string.Join('\n', complaints));
    }

    private static IEnumerable<string> Complaints(ErrorRecord error)
    {
        var id = error.FullyQualifiedErrorId.Split(',')[0];
        var message = error.ErrorDetails?.Message ?? error.Exception.Message;
        if (error.Exception is not ParameterBindingException && string.IsNullOrWhiteSpace(error.ErrorDetails?.RecommendedAction))
        {
            yield return $"{id} has no remedy: {message}";
        }

        if (message.Contains("System.", StringComparison.Ordinal) || message.Contains("   at ", StringComparison.Ordinal)
            || message.Contains("(Parameter '", StringComparison.Ordinal) || id.Contains("Exception", StringComparison.Ordinal))
        {
            yield return $"{id} says what .NET said: {message}";
        }
    }

    /// <summary>Where something stored is meant, a name that nothing has is an error, and so are wildcards where they mean nothing.</summary>
    private static bool MustFail(CmdletInfo command, ParameterMetadata parameter, object? value)
    {
        var namesStored = parameter.Attributes.OfType<ArgumentCompleterAttribute>().Any(completer => completer.Type.Name is not ("RecordTypeCompleter" or "CheckCompleter"));
        var patterns = parameter.Attributes.OfType<SupportsWildcardsAttribute>().Any();
        return namesStored && command.Name is not ("Resolve-ManagedZoneRecord" or "Test-ZoneTransfer" or "New-CatalogZone" or "Get-PrimaryConfigurationExample")
            && (value is "no such thing" || (value is "*.example" && !patterns));
    }

    private static bool IsOfInterest(ParameterMetadata parameter) =>
        !Cmdlet.CommonParameters.Contains(parameter.Name) && !Cmdlet.OptionalCommonParameters.Contains(parameter.Name)
        // PowerShell tells itself what it takes for a flag, a choice, and an object of ours.
        && !parameter.SwitchParameter && parameter.ParameterType != typeof(bool) && parameter.Name != "InputObject"
        && !Kind(parameter.ParameterType).IsEnum;

    private static bool IsText(ParameterMetadata parameter) => Kind(parameter.ParameterType) == typeof(string);

    private static Type Kind(Type type) => (type.IsArray ? type.GetElementType()! : Nullable.GetUnderlyingType(type)) ?? type;

    /// <summary>Valid values for what the cmdlet must be given beside the parameter that is tried.</summary>
    private static Hashtable Mandatory(ModuleSession session, CmdletInfo command, string tried)
    {
        var set = command.ParameterSets.Where(set => set.Parameters.Any(parameter => parameter.Name == tried)).OrderByDescending(set => set.IsDefault).First();
        var bound = new Hashtable();
        foreach (var parameter in set.Parameters.Where(parameter => parameter.IsMandatory && parameter.Name != tried))
        {
            bound[parameter.Name] = parameter.Name is "Path" or "LiteralPath" ? PathFor(session, command)
                : parameter.Name == "Name" ? NameFor(command)
                : s_valid[parameter.Name];
        }

        if (s_machine.Contains(command.Name))
        {
            bound["WhatIf"] = true;
        }
        else if (command.Parameters.ContainsKey("Force"))
        {
            bound["Force"] = true;
        }

        if (command.Parameters.ContainsKey("Timeout") && tried != "Timeout")
        {
            bound["Timeout"] = 1;
        }

        return bound;
    }

    private static string NameFor(CmdletInfo command) => (command.Verb, command.Noun) switch
    {
        ("New", var noun) => noun == "CatalogZone" ? "plain.example" : "new.example",
        (_, "TsigKey" or "TsigKeyRollover" or "TsigKeyUse") => "key.example",
        (_, "CommonSetting") => "customers",
        (_, "PrimaryNameServer") => "home",
        (_, "SigningPolicy") => "strict",
        (_, "CatalogZone") => "catalog.example",
        (_, "ManagedNameServer") => "ns1.example.net",
        (_, "ZoneSigning" or "ZoneKeyRollover" or "DsRecord" or "ZoneSigningKey") => "signed.example",
        _ => "a.example",
    };

    private static string PathFor(ModuleSession session, CmdletInfo command) => Path.Combine(session.Folder, (command.Verb, command.Noun) switch
    {
        ("Import", "ZoneSigningKey") => "key.pem",
        ("Import", "TsigKey") => "keys",
        ("Import", _) => "configuration.json",
        ("Restore", _) => "backup",
        _ => $"written-{Guid.NewGuid():N}",
    });

    private static void Prepare(ModuleSession session)
    {
        using (var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256))
        {
            File.WriteAllText(Path.Combine(session.Folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        }

        File.WriteAllText(
            Path.Combine(session.Folder, "keys"), "key \"imported\" { algorithm hmac-sha256; secret \"//8//////////////////////w==\"; };");
        session.Run(
            """
            $null = New-TsigKey key.example
            $null = New-CommonSetting customers
            $null = New-PrimaryNameServer home 127.0.0.1 -Port 9
            $null = New-SigningPolicy strict
            $null = New-CatalogZone catalog.example -Producer
            $null = New-ManagedNameServer ns1.example.net 192.0.2.53
            Add-ZoneTransferAcl 192.0.2.0/24
            Add-NotifyTarget 192.0.2.9
            $null = 'a.example', 'plain.example' | New-ManagedZone
            $null = New-ManagedZone signed.example -HiddenPrimary
            Enable-ZoneSigning signed.example
            Set-SecondaryServer -RootHint 127.0.0.1:9 -Port 0
            Export-ManagedDnsConfiguration $args[0]
            $null = Backup-ManagedDnsStore $args[1]
            $null = $ExecutionContext.SessionState.Path.SetLocation($args[2])
            """,
            Path.Combine(session.Folder, "configuration.json"), Path.Combine(session.Folder, "backup"), session.Folder);
        Assert.Empty(session.Errors);
    }
}
