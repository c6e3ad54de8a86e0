using System.Runtime.CompilerServices;

namespace LstmOrleans.Silo.Telemetry;

/// <summary>A sum that every thread adds to and seldom anybody reads: one cell for each processor, so that no two fight for a line of the cache.</summary>
internal sealed class Tally
{
    // A line has 64 bytes; two, because processors fetch them in pairs.
    private const int Stride = 16;
    private static readonly int Cells = Math.Min(Environment.ProcessorCount, 32);
    private readonly long[] _cells = new long[(Cells + 1) * Stride];

    /// <summary>All that was added. Not a moment's picture: what is added meanwhile is in it or not.</summary>
    public long Sum
    {
        get
        {
            long sum = 0;
            for (int cell = 1; cell <= Cells; cell++)
                sum += Volatile.Read(ref _cells[cell * Stride]);
            return sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(long count) => Interlocked.Add(ref _cells[((Thread.GetCurrentProcessorId() % Cells) + 1) * Stride], count);
}
