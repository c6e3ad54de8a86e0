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
    // Some ten thousand small records, or the calls in flight of a few large models.
    private const long MostBytes = 16 << 20;

    private readonly ByteRoom _room = new(MostBytes);
    private readonly ConcurrentDictionary<(int H, int C), HotStack<StepArrays>> _byShape = new();

    /// <summary>The process's own.</summary>
    public static StepArraysPool Shared { get; } = new();

    public StepArrays Take(LstmShape shape)
    {
        var home = _byShape.GetOrAdd((shape.HiddenLength, shape.CellLength), static (_, room) => new(room, static arrays => arrays.Size), _room);
        return home.TryPop() ?? new(shape, home);
    }

    /// <summary>Takes arrays back that nobody can see any more.</summary>
    public virtual void Give(StepArrays arrays) => arrays.Home?.Push(arrays);
}
