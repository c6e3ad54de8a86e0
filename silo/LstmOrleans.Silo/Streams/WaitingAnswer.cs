using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Answers;
using LstmOrleans.Silo.Telemetry;

namespace LstmOrleans.Silo.Streams;

/// <summary>A step's answer that leaves when what it was judged by is on disk: all that a call under way costs between the store and Orleans.</summary>
internal sealed class WaitingAnswer(StreamActor actor, StepAnswer answer, StreamRecord? record, long steps, ModelCount? count, StepCall call) : CommitWaiter
{
    private TaskCompletionSource<StepAnswer>? _told;
    private Task<StepAnswer>? _now;
    private bool _waits;

    /// <summary>What the call returns. From here on the answer leaves by itself: as the task's result, or to the call's address.</summary>
    public Task<StepAnswer> Begin()
    {
        if (_now != null)
            return _now;
        _waits = true;
        if (call.Address != null)
            return AnswerAddress.ToldLater;
        // Continuations run in the turn in which the commit ended; they are Orleans' sending of the response.
        _told = new TaskCompletionSource<StepAnswer>();
        return _told.Task;
    }

    public override void Ended(CommitFailure? failure)
    {
        if (failure != null)
        {
            Tell(actor.Dropped(failure, record));
            return;
        }

        var said = actor.SayAsync(answer, steps);
        if (said.IsCompletedSuccessfully)
            Tell(said.Result);
        else
            TellLater(said.AsTask());
    }

    // A repeat or a refusal has to be held against the row first, and an answer of Orleans is sent in a turn anyway.
    public override bool NeedsNoTurn => steps > 0 && call.Address != null;

    public override void OnDisk()
    {
        count!.Stepped(steps);
        call.Leaves(answer.Status);
        call.Address!.Tell(answer);
    }

    private void Tell(StepAnswer told)
    {
        if (!_waits)
        {
            _now = Task.FromResult(told);
            return;
        }

        call.Leaves(told.Status);
        if (_told != null)
            _told.SetResult(told);
        else
            call.Address!.Tell(told);
    }

    private async void TellLater(Task<StepAnswer> said)
    {
        try
        {
            Tell(await said);
        }
        catch (Exception exception)
        {
            if (!_waits)
            {
                _now = Task.FromException<StepAnswer>(exception);
                return;
            }

            call.Leaves(null);
            if (_told != null)
                _told.SetException(exception);
            else
                call.Address!.Tell(AnswerAddress.Failed(exception));
        }
    }
}
