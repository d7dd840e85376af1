using System.Collections.Immutable;
using ManagedDns.Dns;
using ManagedDns.Model;

namespace ManagedDns.Engine.Updates;

/// <summary>The difference sequences that lead to a zone's newest version, oldest first, each beginning where the one before ends. Immutable.</summary>
internal sealed record Journal(ImmutableArray<Difference> Differences)
{
    private const int MostDifferences = 100;

    public static readonly Journal Empty = new([]);

    /// <summary>The journal after one more step; it forgets its oldest ones beyond <paramref name="mostBytes"/>, and all where there is no way from it to this one.</summary>
    public Journal Append(ImmutableArray<Difference> step, long mostBytes)
    {
        if (step.IsEmpty || !new Serial(step[^1].ToSerial).IsNewerThan(step[0].FromSerial))
        {
            return Empty;
        }

        var all = !Differences.IsEmpty && Differences[^1].ToSerial == step[0].FromSerial ? Differences.AddRange(step) : step;
        var first = all.Length;
        for (var bytes = 0L; first > 0 && all.Length - first < MostDifferences; first--)
        {
            bytes += all[first - 1].Bytes;
            if (bytes > mostBytes)
            {
                break;
            }
        }

        return new(all[first..]);
    }

    /// <summary>The sequences that lead from a serial to the newest version; empty where there is no such way.</summary>
    public ImmutableArray<Difference> Since(uint serial)
    {
        for (var i = 0; i < Differences.Length; i++)
        {
            if (Differences[i].FromSerial == serial)
            {
                return Differences[i..];
            }
        }

        return [];
    }
}
