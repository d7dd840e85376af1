using ManagedDns.Dns;
using ManagedDns.Dns.Tsig;
using ManagedDns.Model;
using ManagedDns.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Store.Tables;

/// <summary>TSIG keys; their secrets lie sealed. Names are unique.</summary>
public sealed class TsigKeyTable
{
    private const string Table = "tsig_key";
    private const string SuccessorSeal = "tsig_key.successor";
    private readonly StoreSession _session;

    internal TsigKeyTable(StoreSession session) => _session = session;

    private Database Database => _session.Database;

    public IReadOnlyList<TsigKeySetting> All() =>
        Database.Query($"SELECT * FROM tsig_key ORDER BY name_key", Read);

    /// <summary>The names alone: nothing is unsealed.</summary>
    public IReadOnlyList<DomainName> Names() => Database.Query($"SELECT name FROM tsig_key ORDER BY name_key", row => row.Name(0));

    public TsigKeySetting? Find(DomainName name) =>
        Database.First($"SELECT * FROM tsig_key WHERE name_key = {StoreNoun.Key(name)}", Read);

    public TsigKeySetting? Find(long id) => Database.First($"SELECT * FROM tsig_key WHERE id = {id}", Read);

    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>.</exception>
    public TsigKeySetting Get(DomainName name) => Find(name) ?? throw StoreNoun.TsigKey.Unknown(name.ToDisplayString());

    /// <exception cref="StoreException"><see cref="StoreError.DuplicateName"/>.</exception>
    public TsigKeySetting Add(TsigKey key, string comment = "") => _session.Change(() =>
    {
        RequireFree(key.Name, 0);
        _session.Secrets.Prepare();
        var id = Database.Number(
            $"""
            INSERT INTO tsig_key (name, name_key, algorithm, secret, comment)
            VALUES ({key.Name}, {StoreNoun.Key(key.Name)}, {key.Algorithm}, {Array.Empty<byte>()}, {comment}) RETURNING id
            """)!.Value;

        // Sealed in a second step, because the seal is bound to the row's id.
        Database.Execute($"UPDATE tsig_key SET secret = {Seal(id, key)} WHERE id = {id}");
        return new TsigKeySetting(id, key, comment);
    });

    /// <summary>Changes name, algorithm, secret or comment.</summary>
    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>, <see cref="StoreError.DuplicateName"/>.</exception>
    public TsigKeySetting Update(DomainName name, Func<TsigKeySetting, TsigKeySetting> change) => _session.Change(() =>
    {
        var old = Get(name);
        var changed = change(old) with { Id = old.Id };
        RequireFree(changed.Name, old.Id);
        Database.Execute(
            $"""
            UPDATE tsig_key SET name = {changed.Name}, name_key = {StoreNoun.Key(changed.Name)}, algorithm = {changed.Key.Algorithm},
                secret = {Seal(old.Id, changed.Key)}, comment = {changed.Comment}
            WHERE id = {old.Id}
            """);
        return Find(old.Id)!;
    });

    /// <summary>Has another key begin to take this one's place: from now on both are good. What was begun before is forgotten.</summary>
    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>, <see cref="StoreError.DuplicateName"/>.</exception>
    public TsigKeySetting BeginRollover(DomainName name, TsigKey successor, DateTimeOffset now) => _session.Change(() =>
    {
        var old = Get(name);
        RequireFree(successor.Name, old.Id);
        Database.Execute(
            $"""
            UPDATE tsig_key SET successor_name = {successor.Name}, successor_algorithm = {successor.Algorithm},
                successor_secret = {SealSuccessor(old.Id, successor)}, rollover_started = {now}
            WHERE id = {old.Id}
            """);
        Database.Execute($"DELETE FROM tsig_key_use WHERE tsig_key_id = {old.Id} AND fingerprint <> {old.Key.Fingerprint}");
        return Find(old.Id)!;
    });

    /// <summary>Ends a rollover, if one is under way.</summary>
    /// <param name="replace">Whether the successor takes the key's place; else it is forgotten.</param>
    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>.</exception>
    public TsigKeySetting EndRollover(DomainName name, bool replace) => _session.Change(() =>
    {
        var old = Get(name);
        if (replace && old.Key.Successor is { } key)
        {
            Database.Execute(
                $"""
                UPDATE tsig_key SET name = {key.Name}, name_key = {StoreNoun.Key(key.Name)}, algorithm = {key.Algorithm}, secret = {Seal(old.Id, key)}
                WHERE id = {old.Id}
                """);
        }

        ForgetSuccessor(old.Id);
        return Find(old.Id)!;
    });

    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>, <see cref="StoreError.InUse"/> with its users.</exception>
    public void Remove(DomainName name) => _session.Change(() =>
    {
        // Not by Get: a key whose secret cannot be unsealed can still be removed.
        var id = Database.Number($"SELECT id FROM tsig_key WHERE name_key = {StoreNoun.Key(name)}")
            ?? throw StoreNoun.TsigKey.Unknown(name.ToDisplayString());
        if (Users(id) is { Count: > 0 } users)
        {
            throw StoreNoun.TsigKey.InUse(name.ToDisplayString(), users, "Give its users another key first, or remove them.");
        }

        Database.Execute($"DELETE FROM tsig_key WHERE id = {id}");
    });

    /// <summary>
    /// What uses the key: primaries, transfer ACLs (by network), NOTIFY targets (by address) and signed zones whose DS it puts in the parent.
    /// </summary>
    public IReadOnlyList<StoreUser> Users(long id) =>
    [
        .. Database.Query($"SELECT name FROM primary_name_server WHERE tsig_key_id = {id} ORDER BY id", StoreNoun.PrimaryNameServer.User),
        .. Database.Query($"SELECT network FROM zone_transfer_acl WHERE tsig_key_id = {id} ORDER BY id", StoreNoun.ZoneTransferAcl.User),
        .. Database.Query($"SELECT address FROM notify_target WHERE tsig_key_id = {id} ORDER BY id", StoreNoun.NotifyTarget.User),
        .. Database.Query(
            $"SELECT z.name FROM zone_signing s JOIN managed_zone z ON z.id = s.zone_id WHERE s.parent_key_id = {id} ORDER BY z.name_key",
            StoreNoun.ZoneSigning.UserByDomainName),
    ];

    /// <summary>Gives keys whose secret cannot be opened a random one, and ends rollovers to such.</summary>
    internal IEnumerable<LostSecret> ForgetUnopened()
    {
        List<LostSecret> lost = [];
        foreach (var (id, name, secret, successor) in Database.Query(
            $"SELECT id, name, secret, successor_secret FROM tsig_key ORDER BY name_key",
            row => (row.GetInt64(0), row.Name(1), row.GetFieldValue<byte[]>(2), row.IsDBNull(3) ? null : row.GetFieldValue<byte[]>(3))))
        {
            if (!_session.Secrets.Opens(Table, id, secret))
            {
                Database.Execute($"UPDATE tsig_key SET secret = {_session.Secrets.Seal(Table, id, SecretReset.RandomSecret())} WHERE id = {id}");
                lost.Add(new(LostSecretKind.TsigKey, name.ToDisplayString()));
            }

            if (successor is not null && !_session.Secrets.Opens(SuccessorSeal, id, successor))
            {
                ForgetSuccessor(id);
                lost.Add(new(LostSecretKind.TsigKeySuccessor, name.ToDisplayString()));
            }
        }

        return lost;
    }

    internal static bool AnySealed(Database database) => database.Number($"SELECT count(*) FROM tsig_key") > 0;

    /// <summary>Checks the reference of another table.</summary>
    internal static void RequireKnown(Database database, long? id)
    {
        if (id is not null && database.Number($"SELECT id FROM tsig_key WHERE id = {id}") is null)
        {
            throw StoreNoun.TsigKey.Unknown($"#{id}");
        }
    }

    private void RequireFree(DomainName name, long except)
    {
        StoreNoun.TsigKey.RequireName(name);
        var key = StoreNoun.Key(name);
        if (Database.Number($"SELECT id FROM tsig_key WHERE (name_key = {key} OR upper(successor_name) = {key}) AND id <> {except}") is not null)
        {
            throw StoreNoun.TsigKey.Duplicate(name.ToDisplayString());
        }
    }

    private void ForgetSuccessor(long id) => Database.Execute(
        $"UPDATE tsig_key SET successor_name = NULL, successor_algorithm = NULL, successor_secret = NULL, rollover_started = NULL WHERE id = {id}");

    private byte[] Seal(long id, TsigKey key) => _session.Secrets.Seal(Table, id, key.Secret.Span);

    private byte[] SealSuccessor(long id, TsigKey key) => _session.Secrets.Seal(SuccessorSeal, id, key.Secret.Span);

    private TsigKeySetting Read(SqliteDataReader row)
    {
        var id = row.GetInt64(0);
        var successor = row.IsDBNull(row.GetOrdinal("successor_name")) ? null : ReadKey(row, SuccessorSeal, "successor_", null);
        return new TsigKeySetting(id, ReadKey(row, Table, "", successor), row.GetString(row.GetOrdinal("comment")))
        {
            RolloverStarted = row.TimeOrNone(row.GetOrdinal("rollover_started")),
        };
    }

    private TsigKey ReadKey(SqliteDataReader row, string seal, string prefix, TsigKey? successor)
    {
        var secret = _session.Secrets.Unseal(seal, row.GetInt64(0), row.GetFieldValue<byte[]>(row.GetOrdinal(prefix + "secret")));
        return new(row.Name(row.GetOrdinal(prefix + "name")), row.Choice<TsigAlgorithm>(row.GetOrdinal(prefix + "algorithm")), secret)
        {
            Successor = successor,
        };
    }
}
