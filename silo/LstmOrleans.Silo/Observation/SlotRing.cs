namespace LstmOrleans.Silo.Observation;

/// <summary>The last slots of one width, in memory that is taken once.</summary>
internal sealed class SlotRing
{
    private readonly Slot[] _slots;

    /// <param name="seconds">Width of a slot.</param>
    /// <param name="count">Slots that are kept.</param>
    public SlotRing(int seconds, int count)
    {
        Seconds = seconds;
        _slots = [.. Enumerable.Range(0, count).Select(_ => new Slot())];
    }

    public int Seconds { get; }

    /// <summary>Start of the newest slot; -1 = none.</summary>
    public long Newest { get; private set; } = -1;

    /// <summary>The slot of a time, empty if nothing was in it; null if it is older than what is kept.</summary>
    /// <param name="second">Unix time.</param>
    public Slot? Open(long second)
    {
        long start = second - (second % Seconds);
        if (start <= Newest - ((long)_slots.Length * Seconds))
            return null;
        var slot = Place(start);
        if (slot.Start != start)
            slot.Begin(start);
        Newest = Math.Max(Newest, start);
        return slot;
    }

    /// <summary>Slots behind a time, oldest first.</summary>
    /// <param name="start">Unix time; negative = all.</param>
    public IEnumerable<Slot> After(long start)
    {
        if (Newest < 0)
            yield break;
        long first = start < 0 ? 0 : ((start / Seconds) + 1) * Seconds;
        for (long next = Math.Max(first, Newest - ((_slots.Length - 1L) * Seconds)); next <= Newest; next += Seconds)
        {
            if (Place(next) is { } slot && slot.Start == next)
                yield return slot;
        }
    }

    public void Clear()
    {
        Newest = -1;
        foreach (var slot in _slots)
            slot.Begin(-1);
    }

    private Slot Place(long start) => _slots[start / Seconds % _slots.Length];
}
