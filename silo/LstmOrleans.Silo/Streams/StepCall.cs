using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Silo.Streams;

/// <summary>A step call under way: who is to be told once when its answer leaves, and when it came.</summary>
/// <param name="Ended">Made once for all calls of an activation; null = nobody.</param>
/// <param name="Began">What the first was given when the call came.</param>
internal readonly record struct StepCall(Action<long, StreamStatus?>? Ended, long Began)
{
    /// <summary>The answer leaves now.</summary>
    /// <param name="status">Its status; null = an exception.</param>
    public void Leaves(StreamStatus? status) => Ended?.Invoke(Began, status);
}
