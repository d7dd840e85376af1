using ManagedDns.Dns.Transfer;
using ManagedDns.Dns.Wire;

namespace ManagedDns.Health;

/// <summary>Lets a transfer run and keeps nothing of it.</summary>
public sealed class NoSink : ITransferSink
{
    public void BeginZone(uint serial)
    {
    }

    public void BeginDifference(uint fromSerial)
    {
    }

    public void Add(in WireRecord record)
    {
    }

    public void Delete(in WireRecord record)
    {
    }
}
