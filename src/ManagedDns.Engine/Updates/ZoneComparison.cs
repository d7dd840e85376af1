using ManagedDns.Engine.Zones;

namespace ManagedDns.Engine.Updates;

/// <summary>Whether two versions of a zone say the same, octet for octet.</summary>
internal static class ZoneComparison
{
    public static bool AreSame(ZoneContents left, ZoneContents right)
    {
        if (left.Serial != right.Serial || left.RecordCount != right.RecordCount)
        {
            return false;
        }

        using var one = left.Walk();
        using var other = right.Walk();
        while (one.MoveNext())
        {
            if (!other.MoveNext() || !one.CurrentOwner.SequenceEqual(other.CurrentOwner) || !one.CurrentBody.SequenceEqual(other.CurrentBody))
            {
                return false;
            }
        }

        return true;
    }
}
