using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Silo.Answers;
using LstmOrleans.Silo.Leases;
using LstmOrleans.Silo.Telemetry;
using LstmOrleans.Silo.Watching;

namespace LstmOrleans.Silo.Streams;

/// <summary>The protocol of one activation, without Orleans: what is decided when, what waits for the disk, and what may be told.</summary>
/// <remarks>
/// <para>Every call is decided and staged within one turn, on the newest record; then it waits. In <see cref="StreamMode.Durable"/> an answer leaves when
/// the record it was judged by is on disk: not only what was applied, also a repeat and a refusal, because both tell where the stream stands.
/// In <see cref="StreamMode.Checkpointed"/> it leaves at once with the durable position.</para>
/// <para>What is told without a write behind it is held against the stored row first (<see cref="StreamCommits.IsNewestAsync"/>): a process that hung may
/// hold streams that live elsewhere by now, a write of such a process may have been on its way when the stream was read here, and for a moment after
/// a silo died Orleans may know two activations of one stream. That holds for a kept answer too: its bits cannot change within its incarnation, but it
/// tells a durable position, which must not fall behind one that was told elsewhere. A provisional answer would pay that for each event; it has
/// the lease instead (<see cref="IReadLease"/>), and the first events of an activation are durable before they are answered, also in Checkpointed.</para>
/// </remarks>
internal sealed class StreamActor
{
    private readonly StreamsOptions _options;
    private readonly IReadLease _lease;
    private readonly LstmMeter _meter;
    private readonly TimeProvider _time;
    private readonly string _key;
    private LstmModel? _counted;
    private ModelCount? _count;

    public StreamActor(string key, StreamCommits commits, StreamsOptions options, IReadLease lease, LstmMeter meter, TimeProvider time) =>
        (_key, Commits, _options, _lease, _meter, _time) = (key, commits, options, lease, meter, time);

    /// <summary>The stream's record.</summary>
    public StreamCommits Commits { get; }

    /// <summary>Told what it has to do something about; null = nobody.</summary>
    public IStreamOwner? Owner { get; init; }

    /// <summary>Records steps while somebody looks; absent as a rule, and then nothing is done for it.</summary>
    public StreamWatch? Watch { get; set; }

    public long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Applies a call to the stream as it is now. The caller has made sure that there is one, and that this is its model.</summary>
    /// <param name="request">The call.</param>
    /// <param name="model">The stream's model.</param>
    /// <param name="call">Told once when an answer leaves that was not there on return.</param>
    /// <returns>The answer, or <see cref="AnswerAddress.ToldLater"/> where it goes to the call's address.</returns>
    public Task<StepAnswer> StepAsync(StepRequest request, LstmModel model, StepCall call = default)
    {
        var record = Commits.PendingNow ?? throw new InvalidOperationException("There is no stream.");
        long now = Now;
        if (StreamAge.IsExpired(record, _options, now))
        {
            Commits.Stage(StreamOperations.Tombstone(record, now));
            return TellAsync(StreamStep.Refusal(record, StreamStatus.Closed, $"Stream '{_key}' had no event for longer than {_options.ExpireAfter} and was closed at position {record.Position}."), record, call: call);
        }

        if (!ReferenceEquals(_counted, model))
            (_counted, _count) = (model, _meter.Models.Of(new ModelHash(record.ModelHash.Span), model));
        if (record.Mode == StreamMode.Checkpointed)
            Commits.Lag ??= _meter.Lag.Enter(DurableOf(record));
        bool atOnce = record is { Mode: StreamMode.Checkpointed, Closed: false } && (_lease.IsAlone || Commits.HasWritten);
        var arrays = Commits.TakeArrays(model.Shape);
        var outcome = StreamStep.Apply(record, model, request, now, atOnce ? DurableOf(record) : null, arrays);
        // Before anything is staged: from then on the arrays of the old record may be another stream's.
        Watch?.Record(model, record, request, outcome.Next);
        if (outcome.MustWrite)
            Commits.Stage(outcome.Next, arrays);
        else
            Commits.GiveBack(arrays);
        if (!outcome.MustWrite && !ReferenceEquals(outcome.Next, record))
            Commits.StageQuietly(outcome.Next);
        long steps = outcome.Next.Position - record.Position;
        return atOnce ? TellAtOnceAsync(outcome, steps, call) : TellAsync(outcome.Answer, record, steps, call);
    }

    /// <summary>Gives an answer when everything that is staged at this moment is durable.</summary>
    /// <param name="answer">What was decided.</param>
    /// <param name="record">The record it was decided by; null = there is no stream.</param>
    /// <param name="steps">Steps that were staged for it.</param>
    /// <param name="call">Told once when an answer leaves that was not there on return.</param>
    public Task<StepAnswer> TellAsync(StepAnswer answer, StreamRecord? record, long steps = 0, StepCall call = default)
    {
        if (!Commits.IsDurable)
        {
            var waiting = new WaitingAnswer(this, answer, record, steps, _count, call);
            Commits.TellWhenDurable(waiting);
            return waiting.Begin();
        }

        var said = SayAsync(answer, steps);
        return said.IsCompleted ? said.AsTask() : LeaveAfterAsync(said, call);
    }

    /// <summary>What is said when everything an answer was judged by is durable.</summary>
    public ValueTask<StepAnswer> SayAsync(StepAnswer answer, long steps)
    {
        if (steps > 0)
        {
            _count!.Stepped(steps);
            return new(answer);
        }

        var maySpeak = MaySpeakAsync();
        return maySpeak.IsCompletedSuccessfully ? new(maySpeak.Result ? answer : NotNow()) : WaitAsync(maySpeak);

        async ValueTask<StepAnswer> WaitAsync(ValueTask<bool> may) => await may ? AsOfNow(answer) : NotNow();
    }

    /// <summary>An answer that had to wait, while others may have been told more: a durable position never falls behind one that was told.</summary>
    private StepAnswer AsOfNow(StepAnswer answer)
    {
        if (Commits.CommittedNow is not { } committed || committed.Incarnation != answer.Incarnation || committed.Position <= answer.DurablePosition)
            return answer;
        // A refusal was judged by a position that the stream has left; the next one is judged by where it stands.
        return answer.Status is StreamStatus.Ok or StreamStatus.Duplicate
            ? answer with { DurablePosition = committed.Position }
            : WentOn(committed);
    }

    /// <summary>What is said when something an answer was judged by was dropped.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="record">The record it was judged by; null = there was no stream.</param>
    public StepAnswer Dropped(CommitFailure failure, StreamRecord? record)
    {
        if (Commits.Ended)
            Owner?.Ended();
        return record == null
            ? new StepAnswer { Status = failure.Status, Detail = failure.Detail }
            : StreamStep.Refusal(Commits.CommittedNow ?? record, failure.Status, failure.Detail);
    }

    /// <summary>Decides and stages in one turn, then waits until the record that was decided by, or made, is on disk.</summary>
    /// <returns>That record; null where there is none, or where it did not become durable.</returns>
    public async Task<(StreamStatus Status, string Detail, StreamRecord? Record)> SettleAsync(Func<StreamRecord?, StreamDecision> decide)
    {
        if (Commits.Pending is { } old && StreamAge.IsExpired(old, _options, Now))
            Commits.Stage(StreamOperations.Tombstone(old, Now));
        var decision = decide(Commits.Pending);
        if (decision.Next is { } next)
            Commits.Stage(next);
        var record = Commits.Pending;
        if (await WhenDurableAsync() is { } failure)
            return (failure.Status, failure.Detail, null);
        return decision.Next != null || await MaySpeakAsync() ? (decision.Status, decision.Detail, record) : (StreamStatus.NotNow, NoLease, null);
    }

    /// <summary>Whether what is in memory may be told without a write: it is the newest, and nobody else can own this stream yet.</summary>
    public ValueTask<bool> MaySpeakAsync()
    {
        // Not by the lease: for a moment after a silo died Orleans may know two activations of one stream, both on silos that are alive.
        return _lease.IsAlone ? new(true) : new(IsNewestAsync());
    }

    /// <summary>The same for provisional answers of an activation that has written: no look at the row for each event.</summary>
    private ValueTask<bool> MayAnswerAtOnceAsync() => _lease.IsHeld ? new(true) : _lease.RefreshAsync();

    /// <summary>What is said when it may not.</summary>
    public string NoLease => $"This silo was out of touch with its cluster; stream '{_key}' may live elsewhere by now. Send again.";

    /// <summary>Waits until everything staged is on disk.</summary>
    public async Task<CommitFailure?> WhenDurableAsync()
    {
        var failure = await Commits.WhenDurable();
        if (failure != null && Commits.Ended)
            Owner?.Ended();
        return failure;
    }

    private Task<StepAnswer> TellAtOnceAsync(StepOutcome outcome, long steps, StepCall call)
    {
        if (steps > 0)
            Owner?.IsBehind(outcome.Next.Position - (Commits.CommittedNow?.Position ?? 0));
        // Only what was applied is provisional. A refusal, a position, a repeat is taken for the truth: another activation on a silo that is alive may know better, and the lease
        // says nothing of that one.
        var maySpeak = steps > 0 ? MayAnswerAtOnceAsync() : MaySpeakAsync();
        if (maySpeak.IsCompletedSuccessfully)
            return Task.FromResult(AtOnce(outcome, steps, maySpeak.Result));
        // The lease may have come on another thread meanwhile; an answer that is there on return is counted by who called.
        var told = WaitAsync(maySpeak, Commits.Drops);
        return told.IsCompleted ? told.AsTask() : LeaveAfterAsync(told, call);

        // What was dropped meanwhile was not applied; the position may be another event's by now.
        async ValueTask<StepAnswer> WaitAsync(ValueTask<bool> may, int drops)
        {
            bool isTold = await may && Commits.Drops == drops;
            // A refusal was judged by a position that the stream has left; the next one is judged by where it stands.
            return isTold && outcome.Answer.Status is not (StreamStatus.Ok or StreamStatus.Duplicate) && Commits.PendingNow is { } now && now.Position != outcome.Next.Position
                ? WentOn(now)
                : AtOnce(outcome, steps, isTold);
        }
    }

    private static async Task<StepAnswer> LeaveAfterAsync(ValueTask<StepAnswer> answer, StepCall call)
    {
        StreamStatus? status = null;
        try
        {
            var told = await answer;
            status = told.Status;
            return told;
        }
        finally
        {
            call.Leaves(status);
        }
    }

    private StepAnswer AtOnce(StepOutcome outcome, long steps, bool maySpeak)
    {
        if (!maySpeak)
            return NotNow();
        if (steps > 0)
            _count!.Stepped(steps);
        // A copy only where the wait for a lease, or a refusal, made it another.
        long durable = DurableOf(outcome.Next);
        return outcome.Answer.DurablePosition == durable ? outcome.Answer : outcome.Answer with { DurablePosition = durable };
    }

    // Of a life whose first record is not on disk nothing is durable.
    private long DurableOf(StreamRecord record) => Commits.CommittedNow is { } committed && committed.Incarnation == record.Incarnation ? committed.Position : 0;

    private async Task<bool> IsNewestAsync()
    {
        bool newest = await Commits.IsNewestAsync();
        if (Commits.Ended)
            Owner?.Ended();
        return newest;
    }

    private StepAnswer WentOn(StreamRecord now) =>
        new() { Status = StreamStatus.NotNow, Detail = $"Stream '{_key}' went on to position {now.Position} while this call waited. Send again." };

    private StepAnswer NotNow() => new() { Status = StreamStatus.NotNow, Detail = NoLease };
}
