using ManagedDns.Dns.Transfer;

namespace ManagedDns.Engine.TransferOut;

/// <summary>The records of a transfer in their order, given out message by message.</summary>
internal interface ITransferBody : IDisposable
{
    /// <summary>Whether all have been given out.</summary>
    bool IsDone { get; }

    /// <summary>Adds as many records as fit the message that was begun.</summary>
    void Fill(TransferPacker message);
}
