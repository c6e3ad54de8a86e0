using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Answers;

namespace LstmOrleans.Silo.Streams;

/// <summary>A step call under way: who is to be told once when its answer leaves, and when it came.</summary>
/// <param name="Ended">Made once for all calls of an activation, and called on any thread; null = nobody.</param>
/// <param name="Began">What the first was given when the call came.</param>
/// <param name="Address">Where the answer of a submitted step goes that was not there on return; null = to the task that was returned.</param>
internal readonly record struct StepCall(Action<long, StreamStatus?>? Ended, long Began, AnswerAddress? Address = null)
{
    /// <summary>The answer leaves now.</summary>
    /// <param name="status">Its status; null = an exception.</param>
    public void Leaves(StreamStatus? status) => Ended?.Invoke(Began, status);
}
