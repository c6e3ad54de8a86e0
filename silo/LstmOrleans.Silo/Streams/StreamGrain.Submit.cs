using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Tracing;
using LstmOrleans.Silo.Answers;

namespace LstmOrleans.Silo.Streams;

internal sealed partial class StreamGrain
{
    public Task Submit(StepRequest request, GrainId receiver, long call)
    {
        var address = new AnswerAddress(_answers, receiver, call);
        Task<StepAnswer> answer;
        try
        {
            answer = LstmTracing.TryReceive(out var parent) ? TracedStepAsync(request, parent) : StepAsync(request, address);
        }
        catch (Exception exception)
        {
            address.Tell(AnswerAddress.Failed(exception));
            return Task.CompletedTask;
        }

        if (answer.IsCompletedSuccessfully)
            address.Tell(answer.Result);
        else if (!ReferenceEquals(answer, AnswerAddress.ToldLater))
            return TellAsync(answer, address);
        // What is staged holds the activation by itself; what has not come so far is a call under way, which a deactivation waits for.
        return Task.CompletedTask;
    }

    private static async Task TellAsync(Task<StepAnswer> answer, AnswerAddress address)
    {
        try
        {
            address.Tell(await answer);
        }
        catch (Exception exception)
        {
            address.Tell(AnswerAddress.Failed(exception));
        }
    }
}
