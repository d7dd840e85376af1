using ManagedDns.Model;

namespace ManagedDns.Engine.RateLimiting;

/// <summary>
/// Response rate limiting (ISC-TN-2012-1): like responses to one client network are one account; a flood of them is cut down to the rate, and nothing
/// else is touched. A leaky bucket as a meter: each response costs 1/rate of a second, and an account may owe one window.
/// Asked for UDP responses that are ready to go, save those to clients with a valid cookie. Thread-safe and lock-free.
/// </summary>
public sealed class ResponseRateLimiter
{
    private const ulong MicrosecondsPerSecond = 1_000_000;

    private readonly AccountHash _hash;
    private readonly AccountTable _accounts;
    private readonly NetworkList _exempt;
    private readonly ulong _cost;
    private readonly ulong _window;
    private readonly uint _slip;

    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its bounds.</exception>
    public ResponseRateLimiter(RateLimitSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Check(settings.ResponsesPerSecond, 1, RateLimitSettings.MaxResponsesPerSecond, nameof(settings.ResponsesPerSecond));
        Check(settings.Window, 1, RateLimitSettings.MaxWindow, nameof(settings.Window));
        Check(settings.Slip, 0, RateLimitSettings.MaxSlip, nameof(settings.Slip));
        Check(settings.IPv4PrefixLength, 0, 32, nameof(settings.IPv4PrefixLength));
        Check(settings.IPv6PrefixLength, 0, 64, nameof(settings.IPv6PrefixLength));

        _cost = MicrosecondsPerSecond / (ulong)settings.ResponsesPerSecond;
        _window = (ulong)settings.Window * MicrosecondsPerSecond;
        _slip = (uint)settings.Slip;
        _exempt = new NetworkList(settings.ExemptNetworks);
        _hash = new AccountHash(settings.IPv4PrefixLength, settings.IPv6PrefixLength);
        _accounts = new AccountTable(_window);
    }

    /// <summary>The time to give to <see cref="Decide"/>: microseconds since some moment.</summary>
    public static ulong Now(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        var (seconds, rest) = Math.DivRem((ulong)time.GetTimestamp(), (ulong)time.TimestampFrequency);
        return (seconds * MicrosecondsPerSecond) + (rest * MicrosecondsPerSecond / (ulong)time.TimestampFrequency);
    }

    /// <summary>The subject of a response by a wire name, for callers that have no number for it. Case does not matter.</summary>
    public ulong Subject(ReadOnlySpan<byte> name) => _hash.Subject(name);

    /// <summary>Decides on one response and books it.</summary>
    /// <param name="client">The client's address: 4 or 16 octets; IPv4 mapped into IPv6 counts as IPv4.</param>
    /// <param name="subject">What <see cref="ResponseKind"/> says the response is counted by: <see cref="Subject"/> of its name, or any number that stands for it.</param>
    /// <param name="now">Microseconds, as <see cref="Now"/> tells them. One value a batch will do.</param>
    public RateLimitDecision Decide(ReadOnlySpan<byte> client, ResponseKind kind, ulong subject, ulong now)
    {
        // Before any booking: a busy exempt client must not use up what its neighbours may get.
        if (_exempt.Contains(client))
        {
            return RateLimitDecision.Send;
        }

        var account = _hash.Account(client, kind, subject);
        var tag = AccountWord.TagOf(account);
        while (true)
        {
            ref var place = ref _accounts.Find(account, now, out var found);
            var current = found.Tag == tag ? found : new AccountWord(tag, withheld: 0, paidAt: now);
            var debt = _accounts.Debt(current, now);
            var isWithin = debt + _cost <= _window;
            var withheld = isWithin ? current.Withheld : (current.Withheld + 1) % Math.Max(_slip, 1);
            var next = new AccountWord(tag, withheld, now + debt + (isWithin ? _cost : 0));
            if (Interlocked.CompareExchange(ref place, next.Word, found.Word) == found.Word)
            {
                return isWithin ? RateLimitDecision.Send
                    : _slip > 0 && withheld == 0 ? RateLimitDecision.Truncate
                    : RateLimitDecision.Drop;
            }
        }
    }

    private static void Check(int value, int min, int max, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, min, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, max, name);
    }
}
