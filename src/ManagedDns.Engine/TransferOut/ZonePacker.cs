using ManagedDns.Dns;
using ManagedDns.Dns.Transfer;
using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.TransferOut;

/// <summary>
/// Fills messages with all records of a zone, the SOA first. What is kept on disk and what goes to further secondaries is packed alike. For one
/// thread.
/// </summary>
internal sealed class ZonePacker : ITransferBody
{
    private readonly ZoneWalk _walk;
    private readonly ResourceRecord? _closing;
    private bool _more;
    private bool _closed;

    /// <param name="closingSoa">Whether the SOA is repeated at the end, as on the wire but not on disk.</param>
    public ZonePacker(ZoneContents zone, bool closingSoa)
    {
        _walk = zone.Walk();
        _more = _walk.MoveNext();
        _closing = closingSoa ? ResourceRecord.From(_walk.Current) : null;
        _closed = !closingSoa;
    }

    public bool IsDone => !_more && _closed;

    public void Fill(TransferPacker message)
    {
        while (_more)
        {
            if (!message.TryAdd(_walk.Current))
            {
                return;
            }

            _more = _walk.MoveNext();
        }

        _closed = _closed || message.TryAdd(_closing!.AsWire());
    }

    public void Dispose() => _walk.Dispose();
}
