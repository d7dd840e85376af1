namespace ManagedDns.TestKit;

/// <summary>Waits for a state that another process reaches in its own time, within a bound that only a failure meets.</summary>
public static class Eventually
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);

    /// <summary>Asks until <paramref name="ask"/> gives a value.</summary>
    /// <param name="otherwise">What to say when it never did: read at the end, so that it can show logs.</param>
    public static async Task<T> GetAsync<T>(Func<CancellationToken, Task<T?>> ask, Func<string> otherwise, CancellationToken cancellation)
        where T : class
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bounded.CancelAfter(Bound);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        try
        {
            while (true)
            {
                if (await ask(bounded.Token) is { } value)
                {
                    return value;
                }

                await again.WaitForNextTickAsync(bounded.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"Not within {Bound.TotalSeconds} s: {otherwise()}");
        }
    }

    public static Task TrueAsync(Func<CancellationToken, Task<bool>> ask, Func<string> otherwise, CancellationToken cancellation) =>
        GetAsync(async c => await ask(c) ? "" : null, otherwise, cancellation);

    public static Task TrueAsync(Func<bool> ask, Func<string> otherwise, CancellationToken cancellation) =>
        TrueAsync(_ => Task.FromResult(ask()), otherwise, cancellation);
}
