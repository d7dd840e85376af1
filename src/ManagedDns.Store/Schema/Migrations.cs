using System.Reflection;
using System.Text;
using ManagedDns.Store.Contents;
using ManagedDns.Store.Sql;

namespace ManagedDns.Store.Schema;

/// <summary>
/// Brings a database forward to the newest schema, one script a version, each in a transaction of its own. The file's header tells which schema it
/// has (<c>user_version</c>: the version, and 24 bits of a checksum of the scripts that made it), beside an application id that tells our files from
/// others.
/// </summary>
internal sealed class Migrations(int applicationId, params string[] scripts)
{
    private const int PrintBits = 24;
    private const int PrintMask = (1 << PrintBits) - 1;

    /// <summary>Scripts in order: the first makes version 1. Never change one that was released; add another.</summary>
    public static readonly Migrations Settings = new(0x4D444E53, Script("settings-1.sql"));

    public static readonly Migrations Contents = new(0x4D444E43, Script("contents-1.sql"))
    {
        Remedy = "Start-SecondaryServer: the server sets it aside and transfers the zones again.",
    };

    private readonly int[] _prints = [.. Enumerable.Range(1, scripts.Length).Select(version => Print(scripts.Take(version)))];

    public int Newest => scripts.Length;

    /// <summary>What to do about a file of a schema that is not known here.</summary>
    public string Remedy { get; init; } =
        "Use the ManagedDns that made it. To go on with this one: Export-ManagedDnsConfiguration there, then Import-ManagedDnsConfiguration here into a new "
        + "store (-StorePath); zones are transferred again. Or put back a backup that this one wrote: Restore-ManagedDnsStore.";

    /// <exception cref="StoreException">Not one of our files, or of a schema that is not known here.</exception>
    public void Apply(Database database)
    {
        // As of one moment: another process may be making the file.
        if (database.InTransaction(write: false, () => Check(database)) == Newest)
        {
            return;
        }

        // Another process may be at it too: the version counts that is read once the lock is held.
        while (database.InTransaction(write: true, () => Step(database)) < Newest)
        {
        }
    }

    /// <summary>What the file's header says of a version.</summary>
    public int Stamp(int version) => (version << PrintBits) | _prints[version - 1];

    private int Step(Database database)
    {
        var version = Check(database);
        if (version < Newest)
        {
            database.Run(scripts[version]);
            database.Run($"PRAGMA application_id = {applicationId}");
            database.Run($"PRAGMA user_version = {Stamp(++version)}");
        }

        return version;
    }

    private int Check(Database database)
    {
        var stamp = (int)database.Number($"PRAGMA user_version")!.Value;
        var id = database.Number($"PRAGMA application_id");
        if (stamp == 0 && id == 0 && database.Number($"SELECT count(*) FROM sqlite_master") == 0)
        {
            return 0;
        }

        if (id != applicationId)
        {
            throw new StoreException(
                StoreError.NotAStore, $"'{database.Path}' is a database, but not one of ManagedDns.", "Give the folder of a ManagedDns store.")
            {
                Target = database.Path,
            };
        }

        var version = stamp >>> PrintBits;
        if (version > Newest)
        {
            throw new StoreException(
                StoreError.NewerVersion, $"'{database.Path}' has schema version {version}; this program knows versions up to {Newest}.", Remedy)
            {
                Target = database.Path,
            };
        }

        if (version == 0 || stamp != Stamp(version))
        {
            throw new StoreException(
                StoreError.OtherSchema,
                $"'{database.Path}' has schema {Name(stamp)}, made by another build of ManagedDns; this program works with schema {Name(Stamp(Newest))}.",
                Remedy)
            {
                Target = database.Path,
            };
        }

        return version;
    }

    private static string Name(int stamp) => $"{stamp >>> PrintBits}.{stamp & PrintMask:x6}";

    /// <summary>Of what the scripts do: not of comments and spaces. No cryptographic digest: its library would be loaded for this alone.</summary>
    private static int Print(IEnumerable<string> scripts)
    {
        var lines = scripts.SelectMany(script => script.Split('\n')).Select(line => line.Split("--")[0].Trim()).Where(line => line.Length > 0);
        return (int)(Checksum.Of(0, 0, Encoding.UTF8.GetBytes(string.Join(' ', lines))) & PrintMask);
    }

    private static string Script(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
