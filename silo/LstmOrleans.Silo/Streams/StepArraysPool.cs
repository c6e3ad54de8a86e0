using System.Collections.Concurrent;
using LstmOrleans.Numerics;

namespace LstmOrleans.Silo.Streams;

/// <summary>Arrays of records that are no more, for the next steps of any stream.</summary>
/// <remarks>
/// A stream's arrays live until its next event, and with many streams that is long enough for the collector to have moved them to the oldest
/// generation, where dying is dear: half of the time went there.
/// </remarks>
internal class StepArraysPool
{
    // Of each shape: some ten thousand small records, or the calls in flight of a large model.
    private const long MostBytes = 16 << 20;

    // Threads keep small ones only.
    private const int LargestOfAThread = 8 << 10;
    private const int MostOfAThread = 16;

    private readonly ConcurrentDictionary<(int H, int C), HotStack<StepArrays>> _byShape = new();

    /// <summary>The process's own.</summary>
    public static StepArraysPool Shared { get; } = new();

    public StepArrays Take(LstmShape shape)
    {
        var home = _byShape.GetOrAdd((shape.HiddenLength, shape.CellLength), static key => NewHome((key.H + key.C) * sizeof(float)));
        return home.TryPop() ?? new(shape, home);
    }

    /// <summary>Takes arrays back that nobody can see any more.</summary>
    public virtual void Give(StepArrays arrays) => arrays.Home?.Push(arrays);

    private static HotStack<StepArrays> NewHome(int stateBytes) =>
        new(MostBytes, stateBytes <= LargestOfAThread ? MostOfAThread : 0, static arrays => arrays.Size);
}
