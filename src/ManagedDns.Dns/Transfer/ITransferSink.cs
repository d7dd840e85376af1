using ManagedDns.Dns.Wire;

namespace ManagedDns.Dns.Transfer;

/// <summary>
/// Receives a transfer's content while it streams in. Calls come in order, from one thread at a time:
/// a whole zone: <see cref="BeginZone"/>, <see cref="Add"/>…; differences (RFC 1995): for each sequence <see cref="BeginDifference"/>,
/// <see cref="Delete"/>…, <see cref="Add"/>…. The SOA records of a sequence's two ends come as its first Delete and its first Add.
/// A whole zone's SOA is its first Add, once. Nothing received may be published before the transfer has returned success:
/// the last message's signature is checked after its records were handed over.
/// </summary>
public interface ITransferSink
{
    void BeginZone(uint serial);

    /// <summary>A difference sequence begins; the serial to which it leads comes with the SOA that is its first Add.</summary>
    void BeginDifference(uint fromSerial);

    void Add(in WireRecord record);

    void Delete(in WireRecord record);
}
