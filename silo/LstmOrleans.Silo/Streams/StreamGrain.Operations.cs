using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Tracing;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Placement;

namespace LstmOrleans.Silo.Streams;

/// <summary>Open, sessions, and what begins, copies and ends lives of a stream. All of it is on disk before it is answered, in both modes.</summary>
internal sealed partial class StreamGrain
{
    public async Task<OpenAnswer> Open(OpenRequest request)
    {
        if (await UnusableAsync(request.Key) is { } unusable)
            return Refused(unusable.Status, unusable.Detail);
        if (request.Incarnation == 0)
            return Refused(StreamStatus.Invalid, "The incarnation is 0; choose 64 random bits other than 0.");

        // The model is loaded before the turn that decides; an opening of a stream that exists does not need it.
        ModelHash hash = default;
        LstmModel? model = null;
        if (MayBegin(_commits.Pending, request))
        {
            if (!_models.TryResolve(request.Model, out hash))
                return Refused(StreamStatus.ModelUnavailable, _models.Unknown(request.Model));
            var loaded = await LoadModelAsync(hash);
            if (loaded.Model == null)
                return Refused(StreamStatus.ModelUnavailable, loaded.Problem);
            model = loaded.Model;
        }

        var settled = await SettleAsync(request.Key, record => OpenDecision(record, request, hash, model));
        if (settled.Record is not { } opened || (settled.Status.IsRetryable() || settled.Status == StreamStatus.Invalid))
            return Refused(settled.Status, settled.Detail);
        if (settled.Status == StreamStatus.Closed)
            return new OpenAnswer { Status = settled.Status, Incarnation = opened.Incarnation, Position = opened.Position, DurablePosition = opened.Position, Detail = settled.Detail };
        var own = await LoadModelAsync(new ModelHash(opened.ModelHash.Span));
        return own.Model == null ? Refused(StreamStatus.ModelUnavailable, own.Problem) : new OpenAnswer
        {
            Status = settled.Status,
            Incarnation = opened.Incarnation,
            Position = opened.Position,
            DurablePosition = opened.Position,
            ModelHash = Convert.ToHexStringLower(opened.ModelHash.Span),
            InputSize = own.Model.Shape.InputSize,
            AnswerSize = opened.AnswerSize,
            WindowAnswers = opened.WindowAnswers,
            WindowBytes = opened.WindowBytes,
            FeatureNames = [.. own.Model.FeatureNames],
            Detail = settled.Detail,
        };
    }

    public Task<SessionAnswer> OpenSession(SessionRequest request) => SessionAsync(request, StreamOperations.OpenSession);

    public Task<SessionAnswer> EndSession(SessionRequest request) => SessionAsync(request, StreamOperations.EndSession);

    public Task<OperationAnswer> Reset(ResetRequest request) => OperateAsync(request.Key, record => StreamOperations.Reset(record, request, _actor.Now));

    public Task<OperationAnswer> Close(CloseRequest request) => OperateAsync(request.Key, record => StreamOperations.Close(record, request, _actor.Now));

    public async Task<OperationAnswer> Fork(ForkRequest request)
    {
        var settled = await SettleAsync(request.Key, record => StreamOperations.Fork(record, request));
        var target = GrainFactory.GetGrain<IStreamGrain>(request.Target);
        if (settled.Status == StreamStatus.Ok)
        {
            return await target.Import(new ImportRequest
            {
                Key = request.Target,
                NewIncarnation = request.NewIncarnation,
                Snapshot = new StreamSnapshot(_key, settled.Record!).Write(),
            });
        }

        // The source has gone on since the fork was made: a repeat finds it at the target.
        if (settled.Status is StreamStatus.Gap or StreamStatus.StaleIncarnation or StreamStatus.Closed)
        {
            var view = await target.Show();
            if (view.Status == StreamStatus.Ok && view.Incarnation == request.NewIncarnation)
                return new OperationAnswer { Incarnation = view.Incarnation, Position = view.DurablePosition };
            // Not known whether it was made: not to be told as if it was not.
            if (view.Status.IsRetryable())
                return new OperationAnswer { Status = view.Status, Detail = view.Detail };
        }

        return Answer(settled);
    }

    public async Task<ExportAnswer> Export(ExportRequest request)
    {
        var settled = await SettleAsync(request.Key, record => StreamOperations.Export(record, request));
        var answer = Answer(settled);
        return new ExportAnswer
        {
            Status = answer.Status,
            Incarnation = answer.Incarnation,
            Position = answer.Position,
            Detail = answer.Detail,
            Snapshot = settled.Status == StreamStatus.Ok ? new StreamSnapshot(_key, settled.Record!).Write() : default,
        };
    }

    public async Task<OperationAnswer> Import(ImportRequest request)
    {
        if (await UnusableAsync(request.Key) is { } unusable)
            return new OperationAnswer { Status = unusable.Status, Detail = unusable.Detail };
        StreamRecord imported;
        try
        {
            imported = StreamSnapshot.Read(request.Snapshot.Span).Record;
        }
        catch (StreamRecordException exception)
        {
            return new OperationAnswer { Status = StreamStatus.Invalid, Detail = exception.Message };
        }

        var hash = new ModelHash(imported.ModelHash.Span);
        if (request.Model is { } expected && (!_models.TryResolve(expected, out var named) || named != hash))
            return new OperationAnswer { Status = StreamStatus.Invalid, Detail = $"The snapshot is of model {hash}; '{expected}' is another one, or unknown here. Import it with its own model." };
        if (imported.NumericsVersion != NumericsVersion.Current)
        {
            return new OperationAnswer
            {
                Status = StreamStatus.NumericsUnavailable,
                Detail = $"The snapshot was computed with numerics version {imported.NumericsVersion}; this process computes {NumericsVersion.Current}. Run a version that has it.",
            };
        }

        // A snapshot's checksum has no secret: whoever sends one may have made it.
        if (StreamOperations.Impossible(imported) is { } impossible)
            return new OperationAnswer { Status = StreamStatus.Invalid, Detail = $"{impossible} Export the stream again." };
        var loaded = await LoadModelAsync(hash);
        if (loaded.Model == null)
            return new OperationAnswer { Status = StreamStatus.ModelUnavailable, Detail = loaded.Problem };
        var shape = loaded.Model.Shape;
        if (imported.Closed || imported.H.Length != shape.HiddenLength || imported.C.Length != shape.CellLength || imported.AnswerSize != AnswerSize(imported.Options, loaded.Model))
            return new OperationAnswer { Status = StreamStatus.Invalid, Detail = $"The snapshot's sizes (h {imported.H.Length}, c {imported.C.Length}, answer {imported.AnswerSize}) are not those of its model {hash}, or it is of a closed stream. Export the stream again." };
        return await OperateAsync(request.Key, record => StreamOperations.Import(record, request, imported, _actor.Now));
    }

    /// <inheritdoc/>
    public async Task Age()
    {
        if (await UnusableAsync(_key) != null || _commits.Pending is not { } record)
            return;
        long now = _actor.Now;
        if (StreamAge.IsExpired(record, _options, now))
            _commits.Stage(StreamOperations.Tombstone(record, now));
        else if (StreamAge.IsForgotten(record.Closed, record.LastEventTime, _options, now))
            _commits.Stage(null);
        else
            return;
        if (await _actor.WhenDurableAsync() is { } failure)
            LogNotDurableAtEnd(_key, failure.Detail);
    }

    /// <inheritdoc/>
    public Task<bool> HandOver(SiloAddress from, SiloAddress to)
    {
        if (!_silo.SiloAddress.Equals(from) || !ServiceProvider.GetRequiredService<StreamHandover>().TryLeave(GrainContext))
            return Task.FromResult(false);
        MoveTo(to);
        return Task.FromResult(true);
    }

    private void MoveTo(SiloAddress silo) => GrainContext.Migrate(new() { [IPlacementDirector.PlacementHintKey] = silo });

    private async Task<SessionAnswer> SessionAsync(SessionRequest request, Func<StreamRecord?, SessionRequest, StreamDecision> decide, [CallerMemberName] string method = "")
    {
        var settled = await SettleAsync(request.Key, record => decide(record, request), method);
        return settled.Record is not { } record ? new SessionAnswer { Status = settled.Status, Detail = settled.Detail } : new SessionAnswer
        {
            Status = settled.Status,
            Incarnation = record.Incarnation,
            Session = record.Session,
            SessionIsOpen = record.OpenSession != 0,
            Position = record.Position,
            DurablePosition = record.Position,
            Confirmed = record.Confirmed,
            History = record.History,
            Detail = settled.Detail,
        };
    }

    private async Task<OperationAnswer> OperateAsync(string key, Func<StreamRecord?, StreamDecision> decide, [CallerMemberName] string method = "") =>
        Answer(await SettleAsync(key, decide, method));

    private static OperationAnswer Answer((StreamStatus Status, string Detail, StreamRecord? Record) settled) => new()
    {
        Status = settled.Status,
        Detail = settled.Detail,
        Incarnation = settled.Record?.Incarnation ?? 0,
        Position = settled.Record?.Position ?? 0,
    };

    private Task<(StreamStatus Status, string Detail, StreamRecord? Record)> SettleAsync(string key, Func<StreamRecord?, StreamDecision> decide, [CallerMemberName] string method = "") =>
        LstmTracing.TryReceive(out var parent) ? TracedSettleAsync(key, decide, method, parent) : SettleCountedAsync(key, decide);

    private async Task<(StreamStatus Status, string Detail, StreamRecord? Record)> SettleCountedAsync(string key, Func<StreamRecord?, StreamDecision> decide)
    {
        StreamStatus? outcome = StreamStatus.Overloaded;
        if (!_admission.TryEnter())
        {
            _meter.Calls.Count(CallKind.Operation, outcome);
            return (StreamStatus.Overloaded, _admission.Refusal, null);
        }

        try
        {
            outcome = null;
            (StreamStatus Status, string, StreamRecord?) settled = await UnusableAsync(key) is { } unusable ? (unusable.Status, unusable.Detail, null) : await _actor.SettleAsync(decide);
            outcome = settled.Status;
            return settled;
        }
        finally
        {
            _admission.Leave();
            _meter.Calls.Count(CallKind.Operation, outcome);
        }
    }

    private static bool MayBegin(StreamRecord? record, OpenRequest request) => record == null || (record.Closed && request.Replaces == record.Incarnation && request.Incarnation != record.Incarnation);

    private StreamDecision OpenDecision(StreamRecord? record, OpenRequest request, ModelHash hash, LstmModel? model)
    {
        if (MayBegin(record, request))
        {
            if (model == null)
                return new(StreamStatus.NotNow, $"Stream '{_key}' was just ended. Send again.");
            var decision = NewStream(request, hash, model);
            return record == null || decision.Next is not { } next ? decision : StreamDecision.Write(next with { Options = next.Options | StreamOptions.IncarnationRequired });
        }

        if (record!.Closed)
            return StreamOperations.Closed(record, _key);
        var own = new ModelHash(record.ModelHash.Span);
        const StreamOptions Chosen = StreamOptions.AnswerOutput | StreamOptions.AllowNonFinite;
        if (record.Incarnation != request.Incarnation)
            return new(StreamStatus.AlreadyOpen, $"Stream '{_key}' is open since an earlier opening (incarnation {record.Incarnation:x16}, model {own.ToString()[..12]}, position {record.Position}). Go on with that, or use another key.");

        // A name may point to a newer version by now; the stream keeps its own. A hash, mode or options that differ are another opening.
        return (ModelHash.TryParse(request.Model, out var asked) && asked != own) || (record.Options & Chosen) != (request.Options & Chosen) || record.Mode != request.Mode
            ? new(StreamStatus.Invalid, $"Stream '{_key}' was opened under incarnation {record.Incarnation:x16} with model {own}, mode {record.Mode} and options {record.Options & Chosen}, not with {request.Model}, {request.Mode} and {request.Options}. Repeat the same opening, or use another key.")
            : StreamDecision.Done;
    }

    /// <summary>A stream's first record, or why there can be none.</summary>
    private StreamDecision NewStream(OpenRequest request, ModelHash hash, LstmModel model)
    {
        if (request.Mode is not (StreamMode.Durable or StreamMode.Checkpointed))
            return new(StreamStatus.Invalid, $"Mode {(int)request.Mode} is not known; open the stream as {StreamMode.Durable} or {StreamMode.Checkpointed}.");
        if ((request.Options & ~(StreamOptions.AnswerOutput | StreamOptions.AllowNonFinite)) != 0)
            return new(StreamStatus.Invalid, $"Options {request.Options} cannot be chosen at open; use {StreamOptions.AnswerOutput} and {StreamOptions.AllowNonFinite}.");
        var shape = model.Shape;
        if (shape.Bidirectional)
            return new(StreamStatus.Invalid, $"Model '{request.Model}' is bidirectional: its backward direction needs the end of the sequence, and a stream has none. Use batch forward, or a model of one direction.");
        int answerSize = AnswerSize(request.Options, model);
        if ((long)answerSize * sizeof(float) > _options.WindowBytes)
            return new(StreamStatus.Invalid, $"One answer of model '{request.Model}' has {answerSize * sizeof(float)} bytes; the window holds {_options.WindowBytes}. Raise Lstm:Streams:WindowBytes.");

        byte[] hashBytes = new byte[ModelHash.Length];
        hash.CopyTo(hashBytes);
        return StreamDecision.Write(new StreamRecord
        {
            NumericsVersion = NumericsVersion.Current,
            ModelHash = hashBytes,
            Mode = request.Mode,
            Options = request.Options,
            AnswerSize = answerSize,
            WindowAnswers = _options.WindowAnswers,
            WindowBytes = _options.WindowBytes,
            Incarnation = request.Incarnation,
            LastEventTime = _actor.Now,
            H = new float[shape.HiddenLength],
            C = new float[shape.CellLength],
        });
    }

    private static int AnswerSize(StreamOptions options, LstmModel model) => options.HasFlag(StreamOptions.AnswerOutput) ? model.Shape.OutputSize : model.AnswerSize;

    private static OpenAnswer Refused(StreamStatus status, string detail) => new() { Status = status, Detail = detail };

    private static ulong NewIncarnation() => Math.Max(1, BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong))));
}
