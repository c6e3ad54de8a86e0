namespace LstmOrleans.Silo.Storage;

/// <summary>What became of an item that was offered to a <see cref="WorkQueue{T}"/>.</summary>
internal enum Admission
{
    Accepted,
    Full,
    Completed,
}

/// <summary>A bounded queue whose consumers take whatever is waiting at that moment as one group: no timer, no added wait.</summary>
internal sealed class WorkQueue<T>
{
    // Monitor, because consumers must sleep until there is work: System.Threading.Lock has no Wait.
    private readonly object _guard = new();
    private readonly Queue<(T Item, int Weight)> _items = new();
    private readonly int _maxItems;
    private readonly long _maxWeight;
    private long _weight;
    private bool _completed;

    /// <param name="maxItems">Most items that may wait.</param>
    /// <param name="maxWeight">Largest sum of the weights of waiting items.</param>
    public WorkQueue(int maxItems, long maxWeight)
    {
        _maxItems = maxItems;
        _maxWeight = maxWeight;
    }

    public int Count
    {
        get
        {
            lock (_guard)
                return _items.Count;
        }
    }

    public Admission TryAdd(T item, int weight)
    {
        lock (_guard)
        {
            if (_completed)
                return Admission.Completed;
            if (_items.Count >= _maxItems || _weight + weight > _maxWeight)
                return Admission.Full;
            _items.Enqueue((item, weight));
            _weight += weight;
            // A busy consumer takes a look by itself before it sleeps; only the first item can find one asleep.
            if (_items.Count == 1)
                Monitor.Pulse(_guard);
            return Admission.Accepted;
        }
    }

    /// <summary>Fills <paramref name="group"/> with what waits, at least one item; waits while there is none.</summary>
    /// <returns>False when the queue is completed and empty.</returns>
    public bool TakeGroup(List<T> group, int maxItems, long maxWeight)
    {
        group.Clear();
        lock (_guard)
        {
            while (_items.Count == 0)
            {
                if (_completed)
                    return false;
                Monitor.Wait(_guard);
            }

            var weight = 0L;
            while (group.Count < maxItems && _items.TryPeek(out var next) && (group.Count == 0 || weight + next.Weight <= maxWeight))
            {
                _items.Dequeue();
                weight += next.Weight;
                group.Add(next.Item);
            }

            _weight -= weight;
            // With several consumers the pulse for what is left would be lost with the group that was taken.
            if (_items.Count > 0)
                Monitor.Pulse(_guard);
            return true;
        }
    }

    /// <summary>Admits nothing more; what waits is still taken.</summary>
    public void Complete()
    {
        lock (_guard)
        {
            _completed = true;
            Monitor.PulseAll(_guard);
        }
    }
}
