using System.Runtime.InteropServices;

namespace ManagedDns.Engine.RateLimiting;

/// <summary>
/// One client network's account as one word, so that one compare-and-swap books a response: a tag that tells it from its neighbours, how many
/// responses were withheld since the last slip, and the time at which it will have paid for all it got.
/// </summary>
internal readonly record struct AccountWord(ulong Word)
{
    // 20 bits of tag, 4 of responses withheld, 40 of microseconds: with the 14 bits that choose the set, enough to tell accounts apart, and a clock that
    // comes round after twelve days.
    private const int TagShift = 44;
    private const int WithheldShift = 40;
    private const uint WithheldMask = 0xF;
    private const ulong TimeMask = (1UL << WithheldShift) - 1;

    public AccountWord(ulong tag, uint withheld, ulong paidAt)
        : this((tag << TagShift) | ((ulong)withheld << WithheldShift) | (paidAt & TimeMask))
    {
    }

    public ulong Tag => Word >> TagShift;

    public uint Withheld => (uint)(Word >> WithheldShift) & WithheldMask;

    /// <summary>Microseconds from <paramref name="now"/> until all is paid for, modulo the round of the clock.</summary>
    public ulong PaidAfter(ulong now) => (Word - now) & TimeMask;

    /// <summary>Never 0, which is an empty place.</summary>
    public static ulong TagOf(ulong account) => (account >> TagShift) | 1;
}

/// <summary>
/// The accounts, in a table of fixed size. An account that has paid is as good as none, so the table serves any number of clients: a new account takes
/// an empty place or that of the account nearest to having paid, never that of the one that asks most.
/// </summary>
internal sealed class AccountTable
{
    /// <summary>How many accounts fit; each takes 8 octets. Within its rate an account is in use for 1/rate of a second a response.</summary>
    public const int Capacity = 1 << 17;

    // A set fills one cache line.
    private const int SetSize = 8;
    private const int SetMask = (Capacity / SetSize) - 1;
    private const int LineLength = SetSize * sizeof(ulong);

    // A thread may have been held up since it read the clock. What is further in the future is left from the clock's last round.
    private const ulong MaxDelay = 60_000_000;

    private readonly ulong[] _words;
    private readonly int _first;
    private readonly ulong _maxDebt;

    /// <param name="window">The most that an account can owe, in microseconds.</param>
    public AccountTable(ulong window)
    {
        _maxDebt = window + MaxDelay;

        // Pinned, so that sets stay on cache lines. The system provides the pages as they are touched.
        _words = GC.AllocateArray<ulong>(Capacity + SetSize, pinned: true);
        var misaligned = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(_words, 0) % LineLength);
        _first = (LineLength - misaligned) % LineLength / sizeof(ulong);
    }

    /// <summary>What the account still has to pay for, in microseconds.</summary>
    public ulong Debt(AccountWord word, ulong now)
    {
        var debt = word.PaidAfter(now);
        return debt <= _maxDebt ? debt : 0;
    }

    /// <summary>The account's place, or the one it may take. The word there is the account's when its tag is.</summary>
    public ref ulong Find(ulong account, ulong now, out AccountWord word)
    {
        var set = _words.AsSpan(_first + (((int)account & SetMask) * SetSize), SetSize);
        var tag = AccountWord.TagOf(account);
        var best = 0;
        var lowestDebt = ulong.MaxValue;
        word = default;
        for (var i = 0; i < set.Length; i++)
        {
            var candidate = new AccountWord(Volatile.Read(ref set[i]));
            if (candidate.Tag == tag)
            {
                word = candidate;
                return ref set[i];
            }

            var debt = candidate.Tag == 0 ? 0 : Debt(candidate, now);
            if (debt < lowestDebt)
            {
                (best, lowestDebt, word) = (i, debt, candidate);
            }
        }

        return ref set[best];
    }
}
