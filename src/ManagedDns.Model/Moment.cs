namespace ManagedDns.Model;

/// <summary>A time that may be missing, in one word: ticks of UTC; none, the year 1, stands for a missing one.</summary>
internal readonly record struct Moment(long Ticks)
{
    public static implicit operator Moment(DateTimeOffset? time) => new(time?.UtcTicks ?? 0);

    public static implicit operator DateTimeOffset?(Moment moment) => moment.Ticks == 0 ? null : new DateTimeOffset(moment.Ticks, TimeSpan.Zero);
}
