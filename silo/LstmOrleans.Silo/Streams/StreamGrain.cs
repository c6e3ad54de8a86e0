using System.Runtime.InteropServices;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Tracing;
using LstmOrleans.Contracts.Watching;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Silo.Answers;
using LstmOrleans.Silo.Leases;
using LstmOrleans.Silo.Models;
using LstmOrleans.Silo.Steps;
using LstmOrleans.Silo.Telemetry;
using LstmOrleans.Silo.Watching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Placement;
using Orleans.Storage;

namespace LstmOrleans.Silo.Streams;

/// <summary>One live sequence: owns its (h, c) and its position, applies each event exactly once, in order, durably.</summary>
/// <remarks>
/// <para>Life of a step. The call is checked whole (<see cref="StreamStep"/>), computed on a copy of the newest record and staged
/// (<see cref="StreamCommits"/>); its answer leaves when that is on disk, or in Checkpointed mode at once (<see cref="StreamActor"/>).</para>
/// <para>What a retry sees. An answer that was lost on the way: the position is at or below p, the record has kept the answer, and the
/// retry gets the same bits without a step. A crash before the write: the position is p + 1, and the step is computed again, to the same
/// bits. There is no third case, because the write is one row.</para>
/// <para>All calls interleave, so nothing here may rely on a state across an await; decisions are taken and staged within one turn.</para>
/// </remarks>
[RandomPlacement, GrainType(TypeName)]
internal sealed partial class StreamGrain : Grain, IStreamGrain, IStreamWatchGrain, IStreamUpkeep, IStreamOwner, IGrainMigrationParticipant
{
    /// <summary>Name of the grain storage provider.</summary>
    public const string StorageName = "streams";

    /// <summary>Name of the state in its storage key; part of the stored format, as <see cref="TypeName"/> is.</summary>
    internal const string StateName = "stream";

    /// <summary>The grain type, named so that it cannot follow a renamed class: it is in the key of every stored record.</summary>
    internal const string TypeName = "stream";

    /// <summary>The same, as it is in a grain's id.</summary>
    internal static readonly GrainType Type = GrainType.Create(TypeName);

    private readonly ModelStore _models;
    private readonly StreamsOptions _options;
    private readonly StreamAdmission _admission;
    private readonly AnswerPost _answers;
    private readonly LocalStreams _local;
    private readonly CheckpointClock _clock;
    private readonly StreamWatches _watches;
    private readonly StreamFailures _failures;
    private readonly ILocalSiloDetails _silo;
    private readonly ISiloStatusOracle _silos;
    private readonly LstmMeter _meter;
    private readonly TimeProvider _time;
    private readonly ILogger<StreamGrain> _logger;
    private readonly StreamCommits _commits;
    private readonly StreamActor _actor;
    private readonly StepCalls _calls;
    private readonly string _key;

    private LstmModel? _model;
    private ModelHash _modelHash;
    private LstmModel? _loaded;
    private int _loading;
    private Action<int>? _checkpoint;
    private int _checkpointRound;
    private bool _checkpointIsDue;
    private bool _ended;

    public StreamGrain(
        [FromKeyedServices(StorageName)] IGrainStorage storage,
        ModelStore models,
        IOptions<StreamsOptions> options,
        StreamAdmission admission,
        StepCalls calls,
        AnswerPost answers,
        LocalStreams local,
        CheckpointClock clock,
        StreamWatches watches,
        StreamFailures failures,
        IReadLease lease,
        LstmMeter meter,
        ILocalSiloDetails silo,
        ISiloStatusOracle silos,
        TimeProvider time,
        ILogger<StreamGrain> logger)
    {
        (_models, _options, _admission, _calls, _answers, _local, _clock, _watches, _failures, _silo, _silos, _meter, _time, _logger) =
            (models, options.Value, admission, calls, answers, local, clock, watches, failures, silo, silos, meter, time, logger);
        _key = this.GetPrimaryKeyString();
        _commits = new StreamCommits(storage, this.GetGrainId(), _key, this);
        _actor = new StreamActor(_key, _commits, _options, lease, meter, time) { Owner = this };
    }

    /// <summary>Waits for what is under way, and writes what is not durable yet.</summary>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await LeaveAsync(cancellationToken);
        if (await _commits.WhenDurable() is { } failure)
            LogNotDurableAtEnd(_key, failure.Detail);
        EndWatch();
        _meter.Deactivations.Add(1);
        if (_commits.Lag is { } lag)
            _meter.Lag.Leave(lag);
        _commits.Lag = null;
        // A silo that shuts down hands its streams over with their state, so that their next events wait for no read. The last one has nobody to hand
        // them to, and Orleans would say so for each of them, as an error.
        if (reason.ReasonCode == DeactivationReasonCode.ShuttingDown && !_commits.Ended && _silos.ActiveOthers().Any())
            this.MigrateOnIdle();
    }

    public void OnDehydrate(IDehydrationContext dehydrationContext)
    {
        dehydrationContext.TryAddValue("lstm.moves", _moves);
        if (!_isRead || _ended || _unreadable != null || _commits.Ended || !_commits.IsDurable)
            return;
        var (etag, record, hasWritten) = _commits.Dehydrate();
        dehydrationContext.TryAddValue("lstm.etag", etag ?? "");
        dehydrationContext.TryAddValue("lstm.record", record);
        dehydrationContext.TryAddValue("lstm.written", hasWritten);
    }

    public void OnRehydrate(IRehydrationContext rehydrationContext)
    {
        if (rehydrationContext.TryGetValue("lstm.moves", out int moves))
            _moves = moves;
        if (!rehydrationContext.TryGetValue("lstm.etag", out string? etag) || !rehydrationContext.TryGetValue("lstm.record", out byte[]? record) || etag == null || record == null)
            return;
        rehydrationContext.TryGetValue("lstm.written", out bool hasWritten);
        _commits.Rehydrate(etag.Length == 0 ? null : etag, record, hasWritten);
        _isRead = true;
        _meter.Migrations.Add(1);
    }

    public Task<StepAnswer> Step(StepRequest request) => LstmTracing.TryReceive(out var parent) ? TracedStepAsync(request, parent) : StepAsync(request);

    private Task<StepAnswer> StepAsync(StepRequest request, AnswerAddress? address = null)
    {
        long began = _meter.StepBegins(request.Count);
        if (!_admission.TryEnter())
        {
            _meter.StepEnded(began, StreamStatus.Overloaded, _commits.PendingNow?.Mode);
            return Task.FromResult(new StepAnswer { Status = StreamStatus.Overloaded, Detail = _admission.Refusal });
        }

        Task<StepAnswer> answer;
        try
        {
            // What is not there on return is told when it leaves: no async method around each call for that.
            answer = _model == null ? PrepareAndApplyAsync(request, began)
                : Unusable(request.Key) is { } unusable ? Task.FromResult(new StepAnswer { Status = unusable.Status, Detail = unusable.Detail })
                : ApplyAsync(request, new StepCall(_calls.Of(_commits.PendingNow?.Mode), began, address));
        }
        catch
        {
            CallEnded(began, null);
            throw;
        }

        if (answer.IsCompleted)
            CallEnded(began, answer.IsCompletedSuccessfully ? answer.Result.Status : null);
        return answer;
    }

    public async Task<StreamView> Show()
    {
        if (await UnusableAsync(_key) is { } unusable)
            return new StreamView { Status = unusable.Status, Detail = unusable.Detail };
        if (!await _actor.MaySpeakAsync())
            return new StreamView { Status = StreamStatus.NotNow, Detail = _actor.NoLease };
        if (_commits.Committed is not { } record)
            return new StreamView { Status = StreamStatus.NotOpen, Detail = $"Stream '{_key}' is not open." };
        bool checkpointed = record.Mode == StreamMode.Checkpointed && _commits.Pending is { } newest && newest.Incarnation == record.Incarnation;
        return new StreamView
        {
            Status = record.Closed || StreamAge.IsExpired(record, _options, _actor.Now) ? StreamStatus.Closed : StreamStatus.Ok,
            Incarnation = record.Incarnation,
            Position = checkpointed ? _commits.Pending!.Position : record.Position,
            DurablePosition = record.Position,
            Confirmed = record.Confirmed,
            History = record.History,
            ModelHash = Convert.ToHexStringLower(record.ModelHash.Span),
            Mode = record.Mode,
            Options = record.Options,
            LastEventTime = record.LastEventTime,
            H = MemoryMarshal.AsBytes(record.H.AsSpan()).ToArray(),
            C = MemoryMarshal.AsBytes(record.C.AsSpan()).ToArray(),
            KeptAnswers = (int)(record.Position - record.Confirmed),
            Silo = _silo.SiloAddress.ToString(),
        };
    }

    /// <summary>Before a step without a model at hand: reads the stream where that has not worked so far; loads the model; opens a stream that its first event may open.</summary>
    /// <returns>Null, or why not.</returns>
    private async Task<StepAnswer?> PrepareAsync(StepRequest request)
    {
        if (await UnusableAsync(request.Key) is { } unusable)
            return new StepAnswer { Status = unusable.Status, Detail = unusable.Detail };
        ModelHash hash;
        bool opens = _commits.Pending == null && request.Session == null && request.FirstPosition is null or 1 && request.Incarnation != 0;
        if (_commits.Pending is { } record)
        {
            if (record.Closed)
                return await _actor.TellAsync(StreamStep.Refusal(record, StreamStatus.Closed, StreamOperations.Closed(record, _key).Detail), record);
            if (record.NumericsVersion != NumericsVersion.Current)
            {
                return StreamStep.Refusal(record, StreamStatus.NumericsUnavailable,
                    $"Stream '{_key}' was computed with numerics version {record.NumericsVersion}; this process computes {NumericsVersion.Current}. Run a version that has it.");
            }

            hash = new ModelHash(record.ModelHash.Span);
        }
        else if (!opens || _options.DefaultModel is not { } byDefault)
        {
            return await _actor.TellAsync(new StepAnswer { Status = StreamStatus.NotOpen, Detail = $"Stream '{_key}' is not open. Open it with a model first." }, null);
        }
        else if (!_models.TryResolve(byDefault, out hash))
        {
            return new StepAnswer { Status = StreamStatus.ModelUnavailable, Detail = _models.Unknown(byDefault) };
        }

        var loaded = await LoadModelAsync(hash);
        if (loaded.Model == null)
            return new StepAnswer { Status = StreamStatus.ModelUnavailable, Detail = loaded.Problem, Incarnation = _commits.Pending?.Incarnation ?? 0 };
        if (_commits.Pending == null)
        {
            // Opened by its first event: one write carries both.
            var opening = new OpenRequest { Key = _key, Incarnation = request.Incarnation ?? NewIncarnation(), Model = hash.ToString() };
            var decision = NewStream(opening, hash, loaded.Model);
            if (decision.Next is not { } opened)
                return new StepAnswer { Status = decision.Status, Detail = decision.Detail };
            _commits.Stage(opened);
        }

        (_model, _modelHash, _loaded) = (loaded.Model, hash, null);
        // Not when it is activated: an activation that took too long for Orleans goes on behind its end, of which it is not told. This is a call's turn.
        _local.Enter(_key, this);
        return null;
    }

    private void CallEnded(long began, StreamStatus? status) => _calls.Of(_commits.PendingNow?.Mode).Ended(began, status);

    private Task<StepAnswer> PrepareAndApplyAsync(StepRequest request, long began)
    {
        var answer = RunAsync();
        return answer.IsCompleted ? answer : LeaveAfterAsync();

        async Task<StepAnswer> RunAsync() => await PrepareAsync(request) ?? await ApplyAsync(request, default);

        async Task<StepAnswer> LeaveAfterAsync()
        {
            try
            {
                return await answer;
            }
            finally
            {
                CallEnded(began, answer.IsCompletedSuccessfully ? answer.Result.Status : null);
            }
        }
    }

    private Task<StepAnswer> ApplyAsync(StepRequest request, StepCall call)
    {
        // Between the turn that loaded the model and this one the stream may have gone, or a new life may have begun with another model.
        if (_commits.PendingNow is { } record && new ModelHash(record.ModelHash.Span) == _modelHash)
            return LstmTracing.Current == null ? _actor.StepAsync(request, _model!, call) : TracedApplyAsync(request, call with { Address = null });
        _model = null;
        return Task.FromResult(new StepAnswer { Status = StreamStatus.NotNow, Detail = $"Stream '{_key}' was just ended or opened anew. Send again." });
    }

    void IStreamOwner.WriteFailed(Exception exception) => _failures.NotWritten(_key, exception);

    void IStreamOwner.Ended() => End();

    void IStreamOwner.IsBehind(long positions)
    {
        if (positions >= _options.CheckpointEvents)
        {
            _ = CheckpointAsync();
            return;
        }

        if (_checkpointIsDue)
            return;
        _checkpointIsDue = true;
        _clock.Ask(_checkpoint ??= CheckpointWhenDue);
    }

    // On a thread of the pool: only a turn is scheduled. The clock has this stream once at most, so the round is not overwritten before that turn.
    private void CheckpointWhenDue(int round)
    {
        _checkpointRound = round;
        GrainContext.Scheduler.QueueAction(static grain => _ = ((StreamGrain)grain).CheckpointForTheClockAsync(), this);
    }

    private async Task CheckpointForTheClockAsync()
    {
        int round = _checkpointRound;
        _checkpointIsDue = false;
        try
        {
            await CheckpointAsync();
        }
        finally
        {
            _clock.Written(round);
        }
    }

    private async Task CheckpointAsync()
    {
        // Dropped events are not lost: their producer finds the stream at its durable position and sends them again.
        if (await _actor.WhenDurableAsync() is { } failure)
            _failures.NotCheckpointed(_key, failure.Detail);
    }

    /// <summary>What holds for every call: right key, whole record, an activation that may still speak.</summary>
    private StreamDecision? Unusable(string key)
    {
        if (_ended || _commits.Ended)
        {
            End();
            return new(StreamStatus.NotNow, $"Stream '{_key}' could not be read or written and is being activated anew. Send the same positions again.");
        }

        if (key != _key)
            return new(StreamStatus.Invalid, $"The request is for stream '{key}' but came to '{_key}'.");
        return _unreadable;
    }

    private async Task<(LstmModel? Model, string Problem)> LoadModelAsync(ModelHash hash)
    {
        // Those who wait go on in the order they came: whose model is there already is put behind those that were told of it a moment ago.
        bool isBehind = _loading > 0;
        _loading++;
        try
        {
            var load = _models.BeginLoad(hash);
            if (isBehind && load.IsCompleted)
                await Task.Yield();
            var loaded = await _models.WithinAsync(load, hash);
            // It is loaded only as long as somebody has it: this stream, until its first step has it.
            _loaded = loaded.Model;
            return loaded;
        }
        finally
        {
            _loading--;
        }
    }

    private void End()
    {
        _ended = true;
        DeactivateOnIdle();
    }
}
