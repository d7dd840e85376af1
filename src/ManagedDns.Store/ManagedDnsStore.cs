using System.Collections.Immutable;
using ManagedDns.Model;
using ManagedDns.Store.Schema;
using ManagedDns.Store.Sql;
using ManagedDns.Store.Tables;

namespace ManagedDns.Store;

public enum StoreMode
{
    /// <summary>Makes the store where there is none.</summary>
    OpenOrCreate,

    /// <summary>An error where there is none.</summary>
    Open,

    /// <summary>A copy in memory, or an empty store where there is none: everything works on it, nothing is kept. For trying out (-WhatIf).</summary>
    Preview,
}

/// <summary>
/// One connection to a store: its desired half (a class per table) and the reader of its observed half. Cheap to open; not thread-safe: open one
/// per thread. Any number of processes may have one open.
/// </summary>
public sealed class ManagedDnsStore : IDisposable
{
    private readonly StoreSession _session;
    private long _dataVersion = -1;

    private ManagedDnsStore(string folder, Database database, SecretBox secrets, TimeProvider time)
    {
        Folder = folder;
        _session = new StoreSession(database, secrets, time);
        TsigKeys = new TsigKeyTable(_session);
        CommonSettings = new CommonSettingTable(_session);
        Primaries = new PrimaryNameServerTable(_session);
        ZoneTransferAcls = new ZoneTransferAclTable(_session);
        NotifyTargets = new NotifyTargetTable(_session);
        Zones = new ManagedZoneTable(_session);
        NameServers = new ManagedNameServerTable(_session);
        Server = new ServerSettingTable(_session);
        Requests = new RequestTable(_session);
        SigningPolicies = new SigningPolicyTable(_session);
        ZoneSignings = new ZoneSigningTable(_session);
        ZoneKeys = new ZoneKeyTable(_session);
        Catalogs = new CatalogTable(_session);
        CatalogMembers = new CatalogMemberTable(_session);
        Status = new StatusTables(database);
    }

    /// <summary>The folder's absolute path.</summary>
    public string Folder { get; }

    public TsigKeyTable TsigKeys { get; }

    public CommonSettingTable CommonSettings { get; }

    public PrimaryNameServerTable Primaries { get; }

    public ZoneTransferAclTable ZoneTransferAcls { get; }

    public NotifyTargetTable NotifyTargets { get; }

    public ManagedZoneTable Zones { get; }

    public ManagedNameServerTable NameServers { get; }

    public ServerSettingTable Server { get; }

    public RequestTable Requests { get; }

    public SigningPolicyTable SigningPolicies { get; }

    public ZoneSigningTable ZoneSignings { get; }

    public ZoneKeyTable ZoneKeys { get; }

    public CatalogTable Catalogs { get; }

    public CatalogMemberTable CatalogMembers { get; }

    /// <summary>What the server has observed.</summary>
    public StatusTables Status { get; }

    /// <summary>Grows with each transaction that changed the settings.</summary>
    public long Generation => _session.Generation();

    /// <summary>Tells this store from any other, and from a later one in the same folder.</summary>
    internal string Identity => _session.Database.Text($"SELECT identity FROM store WHERE id = 1")!;

    /// <param name="folder">Null: where <see cref="StoreFolder.Resolve(string?)"/> says.</param>
    /// <exception cref="StoreException">No store there, no access, not a store, damaged, of a newer version.</exception>
    public static ManagedDnsStore Open(string? folder = null, StoreMode mode = StoreMode.OpenOrCreate, TimeProvider? time = null)
    {
        var path = StoreFolder.Resolve(folder);
        var database = OpenSettings(path, mode);
        try
        {
            Migrations.Settings.Apply(database);
            var secrets = new SecretBox(
                StoreFolder.KeyFile(path),
                keep: mode != StoreMode.Preview,
                () => TsigKeyTable.AnySealed(database) || ServerSettingTable.AnySealed(database) || ZoneKeyTable.AnySealed(database));
            return new ManagedDnsStore(path, database, secrets, time ?? TimeProvider.System);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Opens a transaction that the tables' changes join until it is committed.</summary>
    public StoreTransaction Begin() => _session.Begin();

    /// <summary>Makes several changes of the open transaction as one: when one throws, none of them has happened.</summary>
    public void Together(Action changes) => _session.Database.Together(changes);

    /// <summary>Whether another connection has committed anything since the last call (true the first time). Cheap: no table is read.</summary>
    public bool HasChanged()
    {
        var version = _session.Database.Number($"PRAGMA data_version")!.Value;
        var changed = version != _dataVersion;
        _dataVersion = version;
        return changed;
    }

    /// <summary>Everything the cmdlets have set, as of one moment.</summary>
    public ServiceSettings ReadSettings() => _session.Read(() => new ServiceSettings
    {
        Generation = Generation,
        Server = Server.Get(),
        TsigKeys = TsigKeys.All().ToImmutableDictionary(key => key.Id),
        CommonSettings = CommonSettings.All().ToImmutableDictionary(setting => setting.Id),
        Primaries = [.. Primaries.All()],
        ZoneTransferAcls = [.. ZoneTransferAcls.All()],
        NotifyTargets = [.. NotifyTargets.All()],
        Zones = [.. Zones.All()],
        NameServers = [.. NameServers.All()],
        Catalogs = Catalogs.All().ToImmutableDictionary(catalog => catalog.ZoneId),
        ZoneSignings = ZoneSignings.All().ToImmutableDictionary(signing => signing.ZoneId),
    });

    /// <summary>
    /// Gives a store whose key is lost another one. What was sealed with the lost one is forgotten, as <see cref="LostSecretKind"/> says; what opens
    /// stays.
    /// </summary>
    /// <returns>What was forgotten; nothing where the key opens all there is.</returns>
    public IReadOnlyList<LostSecret> ResetKey() => new SecretReset(_session, Server, TsigKeys, ZoneKeys).Run();

    public void Dispose() => _session.Dispose();

    private static Database OpenSettings(string folder, StoreMode mode)
    {
        var file = StoreFolder.SettingsFile(folder);
        if (mode == StoreMode.Open && !File.Exists(file))
        {
            throw new StoreException(
                StoreError.NotFound, $"There is no store in '{folder}'.", "Give its folder with -StorePath; the first New- cmdlet makes a store.")
            { Target = folder };
        }

        if (mode == StoreMode.Preview)
        {
            return OpenCopy(file);
        }

        StoreFolder.Create(folder);
        StoreFolder.CreateFile(file);
        return Database.OpenWal(file, durable: true);
    }

    private static Database OpenCopy(string file)
    {
        var copy = Database.Open(null, shownAs: file);
        if (File.Exists(file))
        {
            using var original = Database.Open(file);
            original.CopyTo(copy);
        }

        return copy;
    }
}
