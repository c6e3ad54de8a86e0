namespace LstmOrleans.Silo.Streams;

/// <summary>Things that are used again, by any thread. A stack, because what was used last is still in the processor's caches.</summary>
/// <remarks>
/// <code>
///   a thread   ◄── Pop, Push ──►  a few of its own  ◄── half of them at a time, under a lock ──►  all others, and all that are large
/// </code>
/// Most of what a step takes was given back by the same thread. With one stack and one lock for all, each event waited for another processor twice.
/// </remarks>
/// <param name="room">Bytes that may be kept besides those of threads. What is over is left to the collector.</param>
/// <param name="sizeOf">Bytes of one, which must not change while it is here.</param>
internal sealed class HotStack<T>(ByteRoom room, Func<T, int> sizeOf) where T : class
{
    /// <summary>Most things that each thread keeps for itself.</summary>
    public const int OfAThread = 16;

    /// <summary>Bytes of the largest of them.</summary>
    public const int LargestOfAThread = 16 << 10;

    // A thread has room for the things of so many stacks. Two that meet in one place get along, slowly.
    private const int Places = 16;

    private static int _made;

    [ThreadStatic]
    private static Few[]? _places;

    private readonly int _place = Interlocked.Increment(ref _made) % Places;
    private readonly Lock _guard = new();
    private readonly Stack<T> _others = new();

    /// <summary>Takes one; null = there is none.</summary>
    public T? TryPop()
    {
        ref var few = ref FewOfThisThread();
        if (few.Count == 0)
            return TryPopOther(ref few);
        var item = few.Items[--few.Count];
        few.Items[few.Count] = null!;
        return item;
    }

    /// <summary>Gives one back. Nobody else may use it any more.</summary>
    public void Push(T item)
    {
        if (sizeOf(item) > LargestOfAThread)
        {
            lock (_guard)
                Keep(item);
            return;
        }

        ref var few = ref FewOfThisThread();
        if (few.Count == OfAThread)
            Release(ref few, OfAThread / 2);
        few.Items[few.Count++] = item;
    }

    private ref Few FewOfThisThread()
    {
        ref var few = ref (_places ??= new Few[Places])[_place];
        if (few.Owner != this)
        {
            few.Owner?.Release(ref few, 0);
            few = new() { Owner = this, Items = new T[OfAThread] };
        }

        return ref few;
    }

    // One for the caller, and some small ones for what it will take next.
    private T? TryPopOther(ref Few few)
    {
        lock (_guard)
        {
            if (!_others.TryPop(out var taken))
                return null;
            room.Leave(sizeOf(taken));
            while (few.Count < OfAThread / 2 && _others.TryPeek(out var other) && sizeOf(other) <= LargestOfAThread)
            {
                room.Leave(sizeOf(_others.Pop()));
                few.Items[few.Count++] = other;
            }

            return taken;
        }
    }

    private void Release(ref Few few, int left)
    {
        lock (_guard)
        {
            while (few.Count > left)
            {
                Keep(few.Items[--few.Count]);
                few.Items[few.Count] = null!;
            }
        }
    }

    private void Keep(T item)
    {
        if (room.TryEnter(sizeOf(item)))
            _others.Push(item);
    }

    private struct Few
    {
        public HotStack<T>? Owner;
        public T[] Items;
        public int Count;
    }
}

/// <summary>Bytes that several <see cref="HotStack{T}"/> share.</summary>
/// <param name="most">All of them.</param>
internal sealed class ByteRoom(long most)
{
    private long _taken;

    /// <summary>Takes some; false where they are not left.</summary>
    public bool TryEnter(int bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= most)
            return true;
        Leave(bytes);
        return false;
    }

    public void Leave(int bytes) => Interlocked.Add(ref _taken, -bytes);
}
