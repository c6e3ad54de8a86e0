using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Silo.Answers;

/// <summary>Where the answer to one submitted step goes.</summary>
internal sealed class AnswerAddress(AnswerPost post, GrainId receiver, long call)
{
    /// <summary>Instead of the task of an answer that goes to its address by itself when it is there. Never ends.</summary>
    public static Task<StepAnswer> ToldLater { get; } = new TaskCompletionSource<StepAnswer>().Task;

    /// <summary>What is told instead of an exception, which has no way to the client here: it gets it where it sends again, as a call.</summary>
    public static StepAnswer Failed(Exception? exception) => new() { Status = StreamStatus.NotNow, Detail = $"The step failed: {exception?.GetBaseException().Message}" };

    /// <summary>Sends the answer; once.</summary>
    public void Tell(StepAnswer answer) => post.Tell(receiver, call, answer);
}
