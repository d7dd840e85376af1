namespace ManagedDns.Dns.Tsig;

/// <summary>What the verification of a response came to.</summary>
/// <param name="Reason"><see cref="FailureReason.None"/> when the message is genuine.</param>
/// <param name="ClockSkew">The other clock minus ours, where a verified message tells.</param>
/// <param name="Error">The error that the server put into its TSIG record.</param>
public readonly record struct TsigVerdict(FailureReason Reason, TimeSpan? ClockSkew = null, ResponseCode Error = ResponseCode.NoError)
{
    public bool IsGood => Reason == FailureReason.None;
}
