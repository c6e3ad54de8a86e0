namespace LstmOrleans.Silo.Observation;

/// <summary>The last hour in fixed space: seconds near, tens of seconds farther back.</summary>
/// <remarks>
/// <code>
///  60 min ago                                  5 min ago        now
///   |----------- 10 s: 360 slots of the whole hour ---------------|
///                                              |- 1 s: 300 slots -|
///
///  a slot: 12 numbers and a histogram of 400 buckets, 1.7 KB; 660 slots, 1.1 MB
/// </code>
/// A second goes into its fine slot when it is over, and is added to the coarse one around it at the same moment.
/// Not for several threads: whoever owns it has a lock.
/// </remarks>
internal sealed class SlotHistory
{
    public const int FineSeconds = 1, CoarseSeconds = 10;

    private const int FineSlots = 300, CoarseSlots = 360;

    /// <summary>The last five minutes by second.</summary>
    public SlotRing Fine { get; } = new(FineSeconds, FineSlots);

    /// <summary>The last hour by ten seconds.</summary>
    public SlotRing Coarse { get; } = new(CoarseSeconds, CoarseSlots);

    public void Clear()
    {
        Fine.Clear();
        Coarse.Clear();
    }

    /// <summary>Sums of the last seconds that are over.</summary>
    /// <param name="until">The newest second of them.</param>
    /// <param name="seconds">How many.</param>
    public Slot Last(long until, int seconds)
    {
        var sum = new Slot();
        sum.Begin(until);
        foreach (var slot in Fine.After(until - seconds).TakeWhile(slot => slot.Start <= until))
            sum.AddTime(slot);
        return sum;
    }
}
