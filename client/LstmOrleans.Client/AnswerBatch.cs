namespace LstmOrleans.Client;

/// <summary>Answers to consecutive events.</summary>
/// <param name="FirstPosition">Position of the first.</param>
/// <param name="Count">k.</param>
/// <param name="Answers">(k, A)</param>
/// <param name="DurablePosition">
/// The last position whose state is on disk. Answers beyond it (in <see cref="Contracts.Streams.StreamMode.Checkpointed"/>) are provisional:
/// they become final when the same inputs are sent again after a crash, which a session does by itself.
/// </param>
/// <param name="History">The running hash of all the stream's inputs up to the last of these.</param>
public readonly record struct AnswerBatch(long FirstPosition, int Count, ReadOnlyMemory<float> Answers, long DurablePosition, ulong History)
{
    /// <summary>Position of the last; store it in one transaction with what was made of the answers.</summary>
    public long LastPosition => FirstPosition + Count - 1;
}
