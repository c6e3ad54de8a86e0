namespace LstmOrleans.Silo.Streams;

/// <summary>Things that are used again, by any thread. A stack, because what was used last is still in the processor's caches.</summary>
/// <remarks>
/// <code>
///   a thread   ◄── Pop, Push ──►  a few of its own  ◄── half of them at a time, under a lock ──►  all others
/// </code>
/// Most of what a step takes was given back by the same thread. With one stack and one lock for all, each event waited for another processor twice.
/// </remarks>
/// <param name="mostBytes">Most bytes kept, besides those of threads. What is over is left to the collector.</param>
/// <param name="ofAThread">Most things that each thread keeps.</param>
/// <param name="sizeOf">Bytes of one, which must not change while it is here.</param>
internal sealed class HotStack<T>(long mostBytes, int ofAThread, Func<T, int> sizeOf) where T : class
{
    // A thread has room for the things of so many stacks. Two that meet in one place get along, slowly.
    private const int Places = 16;

    private static int _made;

    [ThreadStatic]
    private static Few[]? _places;

    private readonly int _place = Interlocked.Increment(ref _made) % Places;
    private readonly Lock _guard = new();
    private readonly Stack<T> _others = new();
    private long _bytes;

    /// <summary>Takes one; null = there is none.</summary>
    public T? TryPop()
    {
        ref var few = ref FewOfThisThread();
        if (few.Count == 0)
        {
            lock (_guard)
            {
                while (few.Count <= ofAThread / 2 && _others.TryPop(out var other))
                {
                    _bytes -= sizeOf(other);
                    few.Items[few.Count++] = other;
                }
            }

            if (few.Count == 0)
                return null;
        }

        var item = few.Items[--few.Count];
        few.Items[few.Count] = null!;
        return item;
    }

    /// <summary>Gives one back. Nobody else may use it any more.</summary>
    public void Push(T item)
    {
        ref var few = ref FewOfThisThread();
        if (few.Count == few.Items.Length)
            Release(ref few, ofAThread / 2);
        few.Items[few.Count++] = item;
    }

    private ref Few FewOfThisThread()
    {
        ref var few = ref (_places ??= new Few[Places])[_place];
        if (few.Owner != this)
        {
            few.Owner?.Release(ref few, 0);
            few = new() { Owner = this, Items = new T[ofAThread + 1] };
        }

        return ref few;
    }

    private void Release(ref Few few, int left)
    {
        lock (_guard)
        {
            while (few.Count > left)
            {
                var item = few.Items[--few.Count];
                few.Items[few.Count] = null!;
                var size = sizeOf(item);
                if (_bytes + size > mostBytes)
                    continue;
                _bytes += size;
                _others.Push(item);
            }
        }
    }

    private struct Few
    {
        public HotStack<T>? Owner;
        public T[] Items;
        public int Count;
    }
}
