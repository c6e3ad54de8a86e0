using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Silo.Streams;

internal sealed partial class StreamGrain
{
    public Task Submit(StepRequest request, GrainId receiver, long call)
    {
        var answer = Begin();
        var awaiter = answer.GetAwaiter();
        if (awaiter.IsCompleted)
            Tell();
        else
            awaiter.UnsafeOnCompleted(Tell);
        return Task.CompletedTask;

        Task<StepAnswer> Begin()
        {
            try
            {
                return Step(request);
            }
            catch (Exception exception)
            {
                return Task.FromException<StepAnswer>(exception);
            }
        }

        // An exception has no way to the client here; it gets it where it sends again, with Step.
        void Tell() => _answers.Tell(receiver, call, answer.IsCompletedSuccessfully
            ? answer.Result
            : new StepAnswer { Status = StreamStatus.NotNow, Detail = $"The step of stream '{_key}' failed: {answer.Exception?.GetBaseException().Message}" });
    }
}
