namespace LstmOrleans.Silo.Observation;

/// <summary>Counts latencies from the start of the process on. Every thread may record; nothing is ever taken out, so no record is lost between two looks.</summary>
internal sealed class LatencyRecorder
{
    // A row of counts for each processor, up to 8, so that they seldom write to the same line of the cache: 8 x 3.2 KB.
    private static readonly int Rows = Math.Min(Environment.ProcessorCount, 8);

    private readonly long[][] _rows = [.. Enumerable.Range(0, Rows).Select(_ => new long[LatencyBuckets.Count])];

    public void Record(double seconds) => Interlocked.Increment(ref _rows[Thread.GetCurrentProcessorId() % Rows][LatencyBuckets.IndexOf(seconds)]);

    /// <summary>Reads the sums.</summary>
    /// <param name="sums">One for each bucket.</param>
    public void CopyTo(Span<long> sums)
    {
        sums.Clear();
        foreach (long[] row in _rows)
        {
            for (int bucket = 0; bucket < LatencyBuckets.Count; bucket++)
                sums[bucket] += Volatile.Read(ref row[bucket]);
        }
    }
}
