using ManagedDns.Integration.Tests.Asking;

namespace ManagedDns.Integration.Tests.Answers;

/// <summary>A reply in a form that compares by value: the order of records is left out, everything else that a client relies on is in.</summary>
/// <param name="Answer">Response code, AA and the answer section.</param>
public sealed record Verdict(string Answer, string Authority, string Additional)
{
    public static Verdict Of(Reply reply) =>
        new($"{reply.ResponseCode}{(reply.IsAuthoritative ? " aa" : "")}{Lines(reply.Answer)}", Lines(reply.Authority), Lines(reply.Additional));

    public override string ToString() => $"{Answer}\n  authority:{Authority}\n  additional:{Additional}";

    private static string Lines(IReadOnlyList<ReplyRecord> records) =>
        string.Concat(records.Select(r => $"\n    {r}").Order(StringComparer.Ordinal));
}
