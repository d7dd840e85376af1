namespace ManagedDns.Dns.Wire;

/// <summary>The four sections of a DNS message, in their order (RFC 1035 §4.1).</summary>
public enum MessageSection
{
    Question, Answer, Authority, Additional,
}
