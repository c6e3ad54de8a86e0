using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Answers;

namespace LstmOrleans.Silo.Streams;

/// <summary>A step call under way, and where its end is counted once. It leads to nothing of its stream, which is in no cache when the disk has answered.</summary>
/// <param name="Calls">Where, by the mode that the stream had when it came; null = nowhere.</param>
/// <param name="Began">When it came.</param>
/// <param name="Address">Where the answer of a submitted step goes that was not there on return; null = to the task that was returned.</param>
internal readonly record struct StepCall(StepCalls.OfMode? Calls, long Began, AnswerAddress? Address = null)
{
    /// <summary>The answer leaves now.</summary>
    /// <param name="status">Its status; null = an exception.</param>
    public void Leaves(StreamStatus? status) => Calls?.Ended(Began, status);
}
