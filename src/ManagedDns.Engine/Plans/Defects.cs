namespace ManagedDns.Engine.Plans;

/// <summary>What went wrong with some of many items: the others get what is theirs all the same.</summary>
internal sealed class Defects
{
    private readonly List<Exception> _found = [];

    public void ForEach<T>(IEnumerable<T> items, Action<T> apply)
    {
        foreach (var item in items)
        {
            try
            {
                apply(item);
            }
            catch (Exception e)
            {
                _found.Add(e);
            }
        }
    }

    /// <exception cref="AggregateException">Something went wrong.</exception>
    public void ThrowIfAny()
    {
        if (_found.Count > 0)
        {
            throw new AggregateException(_found);
        }
    }
}
