using System.Net;
using System.Net.Sockets;
using ManagedDns.Dns;
using ManagedDns.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Store;

/// <summary>What a table holds, in words and as the noun of its cmdlets, and the errors that every table has in common.</summary>
internal sealed record StoreNoun(string Words, string Cmdlet, string New = "New")
{
    public static readonly StoreNoun TsigKey = new("TSIG key", "TsigKey");
    public static readonly StoreNoun CommonSetting = new("common setting", "CommonSetting");
    public static readonly StoreNoun PrimaryNameServer = new("primary name server", "PrimaryNameServer");
    public static readonly StoreNoun ZoneTransferAcl = new("zone transfer ACL", "ZoneTransferAcl", "Add");
    public static readonly StoreNoun NotifyTarget = new("NOTIFY target", "NotifyTarget", "Add");
    public static readonly StoreNoun ManagedZone = new("managed zone", "ManagedZone");
    public static readonly StoreNoun SigningPolicy = new("signing policy", "SigningPolicy");
    public static readonly StoreNoun ZoneSigning = new("signed zone", "ZoneSigning", "Enable");
    public static readonly StoreNoun CatalogZone = new("catalog zone", "CatalogZone");
    public static readonly StoreNoun CatalogMember = new("catalog's member", "CatalogMember", "Restore");
    public static readonly StoreNoun ManagedNameServer = new("managed name server", "ManagedNameServer");

    private const int NamesInAMessage = 5;

    /// <summary>What has a meaning where names are looked for, so that a name with one could not be given.</summary>
    private const string Wildcards = "*?[]";

    public StoreException Duplicate(string name) => new(
        StoreError.DuplicateName, $"There is a {Words} '{name}' already.", $"Get-{Cmdlet} shows it; choose another name, or change that one.")
    {
        Target = name,
    };

    public StoreException Unknown(string name) => new(
        StoreError.Unknown,
        $"There is no {Words} '{name}'.",
        name.AsSpan().ContainsAny(Wildcards)
            ? $"This takes no wildcards: pipe what Get-{Cmdlet} finds with them."
            : $"Get-{Cmdlet} lists those that exist; {New}-{Cmdlet} makes one.")
    {
        Target = name,
    };

    public StoreException InUse(string name, IReadOnlyList<StoreUser> users, string remedy)
    {
        var shown = string.Join(", ", users.Take(NamesInAMessage).Select(user => $"{user.Noun} '{user.Name}'"));
        var more = users.Count > NamesInAMessage ? $" and {users.Count - NamesInAMessage} more" : "";
        return new(StoreError.InUse, $"The {Words} '{name}' is in use by {shown}{more}.", remedy) { Target = name, Users = users };
    }

    /// <summary>Reads a user from a row that holds its name alone.</summary>
    public StoreUser User(SqliteDataReader row) => new(Cmdlet, row.GetString(0));

    public StoreUser UserByDomainName(SqliteDataReader row) => new(Cmdlet, row.Name(0).ToDisplayString());

    public void RequireName(string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Trim().Length != name.Length || name.Any(char.IsControl) || name.Length > 200 || name.AsSpan().ContainsAny(Wildcards))
        {
            throw Invalid(
                name, $"'{name}' cannot be the name of a {Words}.",
                "Give 1 to 200 characters without control characters, outer blanks and the wildcards * ? [ ].");
        }
    }

    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>: a name with wildcards, or the root of anything but a zone.</exception>
    public void RequireName(DomainName name)
    {
        var text = name.ToDisplayString();
        if ((name.IsRoot && this != ManagedZone) || text.AsSpan().ContainsAny(Wildcards))
        {
            throw Invalid(text, $"'{text}' cannot be the name of a {Words}.", "Give a name such as example.com, without the wildcards * ? [ ].");
        }
    }

    /// <summary>Checks that something can be sent there.</summary>
    /// <returns>The port.</returns>
    public static int RequireHost(string target, IPAddress address, int port)
    {
        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) || address.Equals(IPAddress.Broadcast) || address.IsIPv6Multicast
            || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] is >= 224 and < 240))
        {
            throw Invalid(target, $"{address} is not the address of one host.", "Give the server's own unicast address.");
        }

        return port is >= 1 and <= 65535 ? port : throw Invalid(target, $"{port} is no port.", "Give a port from 1 to 65535.");
    }

    /// <summary>The name as the unique columns hold it: without regard to case, in any script.</summary>
    public static string Key(string name) => name.ToUpperInvariant();

    public static string Key(DomainName name) => Key(name.ToString());

    public static StoreException Invalid(string target, string message, string remedy) =>
        new(StoreError.Invalid, message, remedy) { Target = target };
}
