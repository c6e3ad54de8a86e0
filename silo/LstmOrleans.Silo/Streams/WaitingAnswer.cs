using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Silo.Streams;

/// <summary>A step's answer that leaves when what it was judged by is on disk: all that a call under way costs between the store and Orleans.</summary>
internal sealed class WaitingAnswer(StreamActor actor, StepAnswer answer, StreamRecord? record, long steps) : CommitWaiter
{
    // Continuations run in the turn in which the commit ended; they are Orleans' sending of the response.
    private readonly TaskCompletionSource<StepAnswer> _told = new();

    public Task<StepAnswer> Task => _told.Task;

    /// <summary>Told once before the answer leaves. To be set by who found that it is not there yet.</summary>
    public StepCall Call { get; set; }

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

    private void Tell(StepAnswer told)
    {
        Call.Leaves(told.Status);
        _told.SetResult(told);
    }

    private async void TellLater(Task<StepAnswer> said)
    {
        try
        {
            Tell(await said);
        }
        catch (Exception exception)
        {
            Call.Leaves(null);
            _told.SetException(exception);
        }
    }
}
