using ManagedDns.Model;
using ManagedDns.Store.Sql;

namespace ManagedDns.Store.Tables;

/// <summary>How the server runs: one row.</summary>
public sealed class ServerSettingTable
{
    private readonly StoreSession _session;

    internal ServerSettingTable(StoreSession session) => _session = session;

    public ServerSettings Get() => _session.Database.First(
        $"SELECT listen_addresses, port, transfer_sources, node_name, udp_threads FROM server_setting WHERE id = 1",
        row => new ServerSettings(row.Addresses(0), row.GetInt32(1), row.Addresses(2), row.GetString(3), row.GetInt32(4)))!;

    /// <exception cref="StoreException"><see cref="StoreError.Invalid"/>.</exception>
    public ServerSettings Update(Func<ServerSettings, ServerSettings> change) => _session.Change(() =>
    {
        var changed = change(Get());
        Check(changed);
        _session.Database.Execute(
            $"""
            UPDATE server_setting SET listen_addresses = {changed.ListenAddresses}, port = {changed.Port}, transfer_sources = {changed.TransferSources},
                node_name = {changed.NodeName}, udp_threads = {changed.UdpThreads}
            WHERE id = 1
            """);
        return changed;
    });

    private static void Check(ServerSettings server)
    {
        if (server.ListenAddresses.IsDefaultOrEmpty)
        {
            throw StoreNoun.Invalid("ListenAddress", "The server needs an address to listen on.", "Give at least one; 0.0.0.0 and :: stand for all.");
        }

        if (server.Port is < 0 or > 65535)
        {
            throw StoreNoun.Invalid("Port", $"{server.Port} is no port.", "Give one from 1 to 65535, or 0 for a free one.");
        }

        if (server.TransferSources.GroupBy(address => address.AddressFamily).Any(family => family.Count() > 1))
        {
            throw StoreNoun.Invalid("TransferSource", "There are two transfer sources of one address family.", "Give at most one IPv4 and one IPv6 address.");
        }

        if (server.UdpThreads is < 0 or > 1024)
        {
            throw StoreNoun.Invalid("UdpThreads", $"{server.UdpThreads} is no number of threads.", "Give one from 1 to 1024, or 0 for one a core.");
        }
    }
}
