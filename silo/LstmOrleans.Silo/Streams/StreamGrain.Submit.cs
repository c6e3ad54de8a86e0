using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Tracing;
using LstmOrleans.Silo.Answers;

namespace LstmOrleans.Silo.Streams;

internal sealed partial class StreamGrain
{
    private long _seenAt = Environment.TickCount64;
    private bool _leaves;
    private int _submittedHere;
    private TaskCompletionSource? _noneHere;

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

    /// <summary><see cref="Submit"/> without a message of Orleans: queues a turn. On any thread.</summary>
    /// <returns>False where the step has to come as a message.</returns>
    public bool TrySubmitHere(StepRequest request, GrainId receiver, long call)
    {
        long now = Environment.TickCount64;
        if (now - Volatile.Read(ref _seenAt) > _local.LongestUnseen)
        {
            Volatile.Write(ref _seenAt, now);
            return false;
        }

        GrainContext.Scheduler.QueueAction(static step => ((SubmittedStep)step!).Arrive(), new SubmittedStep(this, request, receiver, call));
        return true;
    }

    private void Arrive(SubmittedStep step)
    {
        // An activation that leaves may stage nothing any more, and Orleans has a place where messages wait for the next one. A model that is not there yet may take long: that
        // is waited for in a call that Orleans knows.
        if (_leaves || _model == null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(step, preferLocal: false);
            return;
        }

        var submitted = Submit(step.Request, step.Receiver, step.Call);
        if (!submitted.IsCompleted)
            _ = UnderWayHereAsync(submitted);
    }

    /// <summary>From now on steps that come here are sent on; those under way are waited for.</summary>
    private async Task LeaveAsync(CancellationToken cancellationToken)
    {
        _leaves = true;
        _local.Leave(_key, this);
        if (_submittedHere > 0)
            await (_noneHere = new()).Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
    }

    // Of a call that came as a message Orleans knows that it is under way.
    private async Task UnderWayHereAsync(Task submitted)
    {
        _submittedHere++;
        await submitted;
        if (--_submittedHere == 0)
            _noneHere?.TrySetResult();
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

    private sealed class SubmittedStep(StreamGrain stream, StepRequest request, GrainId receiver, long call) : IThreadPoolWorkItem
    {
        public StepRequest Request => request;

        public GrainId Receiver => receiver;

        public long Call => call;

        public void Arrive() => stream.Arrive(this);

        // Not in a turn of the stream: what an activation that has ended sends never leaves.
        public void Execute() => stream._local.SendOn(request, receiver, call);
    }
}
