using System.Collections.Immutable;
using System.Net;
using ManagedDns.Dns;
using ManagedDns.Model;
using ManagedDns.Store.Sql;
using Microsoft.Data.Sqlite;

namespace ManagedDns.Store.Tables;

/// <summary>This service's host names that belong in the zones' NS records. Host names are unique.</summary>
public sealed class ManagedNameServerTable
{
    private readonly StoreSession _session;

    internal ManagedNameServerTable(StoreSession session) => _session = session;

    private Database Database => _session.Database;

    public IReadOnlyList<ManagedNameServer> All() => Database.Query($"SELECT id, host_name, addresses FROM managed_name_server ORDER BY id", Read);

    public ManagedNameServer? Find(DomainName hostName) =>
        Database.First($"SELECT id, host_name, addresses FROM managed_name_server WHERE host_name_key = {StoreNoun.Key(hostName)}", Read);

    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>.</exception>
    public ManagedNameServer Get(DomainName hostName) => Find(hostName) ?? throw StoreNoun.ManagedNameServer.Unknown(hostName.ToDisplayString());

    /// <exception cref="StoreException"><see cref="StoreError.DuplicateName"/>.</exception>
    public ManagedNameServer Add(DomainName hostName, ImmutableArray<IPAddress> addresses) => _session.Change(() =>
    {
        StoreNoun.ManagedNameServer.RequireName(hostName);
        if (Find(hostName) is not null)
        {
            throw StoreNoun.ManagedNameServer.Duplicate(hostName.ToDisplayString());
        }

        var id = Database.Number(
            $"""
            INSERT INTO managed_name_server (host_name, host_name_key, addresses)
            VALUES ({hostName}, {StoreNoun.Key(hostName)}, {addresses}) RETURNING id
            """)!.Value;
        return new ManagedNameServer(id, hostName, addresses);
    });

    /// <summary>Changes its addresses.</summary>
    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>.</exception>
    public ManagedNameServer Update(DomainName hostName, ImmutableArray<IPAddress> addresses) => _session.Change(() =>
    {
        var changed = Get(hostName) with { Addresses = addresses };
        Database.Execute($"UPDATE managed_name_server SET addresses = {addresses} WHERE id = {changed.Id}");
        return changed;
    });

    /// <exception cref="StoreException"><see cref="StoreError.Unknown"/>.</exception>
    public void Remove(DomainName hostName) => _session.Change(() =>
    {
        if (Database.Execute($"DELETE FROM managed_name_server WHERE host_name_key = {StoreNoun.Key(hostName)}") == 0)
        {
            throw StoreNoun.ManagedNameServer.Unknown(hostName.ToDisplayString());
        }
    });

    private static ManagedNameServer Read(SqliteDataReader row) => new(row.GetInt64(0), row.Name(1), row.Addresses(2));
}
