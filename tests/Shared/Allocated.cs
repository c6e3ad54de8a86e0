namespace LstmOrleans.Tests;

/// <summary>What a thread allocates.</summary>
internal static class Allocated
{
    /// <summary>How many times <see cref="Least"/> runs what it measures.</summary>
    public const int Runs = 5;

    /// <summary>Bytes that the calling thread allocates in a run of <paramref name="action"/>: the least of several.</summary>
    /// <remarks>Of several, because one can show too much: a collection that another thread begins takes the rest of this thread's allocation context, some KB, and the runtime counts
    /// that as allocated; and it may take arrays out of the shared pool.</remarks>
    public static long Least(Action action) => Enumerable.Range(0, Runs).Min(_ =>
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });
}
