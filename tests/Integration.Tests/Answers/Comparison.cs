using System.Text;
using ManagedDns.Integration.Tests.Asking;
using ManagedDns.Integration.Tests.Peers;

namespace ManagedDns.Integration.Tests.Answers;

/// <summary>
/// Holds our reply against those of the peers, section by section: what three or more of them say we must say; where they are divided we must say what
/// one of them says.
/// </summary>
public sealed class Comparison(Query query, Verdict ours, IReadOnlyDictionary<PeerKind, Verdict> theirs)
{
    private const int Majority = 3;

    public Query Query => query;

    public bool Agrees => Agree(v => v.Answer) && Agree(v => v.Authority) && Agree(v => v.Additional);

    public override string ToString()
    {
        var text = new StringBuilder($"{query}\nours: {ours}\n");
        foreach (var group in theirs.GroupBy(t => t.Value, t => t.Key))
        {
            text.Append(string.Join(", ", group)).Append(": ").Append(group.Key).Append('\n');
        }

        return text.ToString();
    }

    private bool Agree(Func<Verdict, string> section)
    {
        var groups = theirs.Values.GroupBy(section).OrderByDescending(g => g.Count()).ToList();
        return groups[0].Count() >= Majority ? groups[0].Key == section(ours) : groups.Any(g => g.Key == section(ours));
    }
}
