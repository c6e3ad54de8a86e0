using LstmOrleans.Numerics;

namespace LstmOrleans.Silo.Streams;

/// <summary>Arrays of records that are no more, for the next steps of any stream.</summary>
/// <remarks>
/// A stream's arrays live until its next event, and with many streams that is long enough for the collector to have moved them to the oldest
/// generation, where dying is dear: half of the time went there. A stack, because what was used last is still in the processor's caches.
/// </remarks>
internal class StepArraysPool
{
    // Some ten thousand small records, or the calls in flight of a few large models.
    private const long MostBytes = 16 << 20;

    private readonly Lock _guard = new();
    private readonly Dictionary<(int H, int C), Stack<StepArrays>> _free = [];
    private long _bytes;

    /// <summary>The process's own.</summary>
    public static StepArraysPool Shared { get; } = new();

    public StepArrays Take(LstmShape shape)
    {
        lock (_guard)
        {
            if (_free.TryGetValue((shape.HiddenLength, shape.CellLength), out var free) && free.TryPop(out var arrays))
            {
                _bytes -= arrays.Size;
                return arrays;
            }
        }

        return new(shape);
    }

    /// <summary>Takes arrays back that nobody can see any more.</summary>
    public virtual void Give(StepArrays arrays)
    {
        lock (_guard)
        {
            if (_bytes + arrays.Size > MostBytes)
                return;
            var key = (arrays.State.H.Length, arrays.State.C.Length);
            if (!_free.TryGetValue(key, out var free))
                _free[key] = free = new();
            free.Push(arrays);
            _bytes += arrays.Size;
        }
    }
}
