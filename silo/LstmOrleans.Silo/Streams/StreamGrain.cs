using System.Runtime.InteropServices;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;
using LstmOrleans.Silo.Models;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Placement;
using Orleans.Storage;

namespace LstmOrleans.Silo.Streams;

/// <summary>One live sequence: owns its (h, c) and its position, applies each event exactly once, in order, durably.</summary>
/// <remarks>
/// <para>Life of a step. The call is checked whole (<see cref="StreamStep"/>), computed on a copy, and the new record is written with the
/// etag of the old one. Only when the store says it is on disk does the copy become the state and the answer leave. The grain runs one
/// call at a time, so nobody sees a state that is not stored; calls that arrive meanwhile wait in the activation's queue.</para>
/// <para>What a retry sees. An answer that was lost on the way: the position is at or below p, the record has kept the answer, and the
/// retry gets the same bits without a step. A crash before the write: the position is p + 1, and the step is computed again, to the same
/// bits. There is no third case, because the write is one row.</para>
/// <para>After a failed write nothing is acknowledged and the copy is dropped. A refusal that changed nothing leaves the old state in
/// force. Where the outcome is unknown the row is read again: if it still has the etag this activation knows, the write did not
/// happen. Any other etag was not issued to this activation as far as it can know: it deactivates, and the next activation starts from
/// what is stored. It never reloads and goes on, because a second activation of this stream would then do the same and both would write.</para>
/// </remarks>
[RandomPlacement, GrainType(TypeName)]
internal sealed partial class StreamGrain : Grain, IStreamGrain
{
    /// <summary>Name of the grain storage provider.</summary>
    public const string StorageName = "streams";

    /// <summary>Name of the state in its storage key; part of the stored format, as <see cref="TypeName"/> is.</summary>
    internal const string StateName = "stream";

    /// <summary>The grain type, named so that it cannot follow a renamed class: it is in the key of every stored record.</summary>
    internal const string TypeName = "stream";

    private readonly IGrainStorage _storage;
    private readonly ModelStore _models;
    private readonly StreamsOptions _window;
    private readonly LstmMeter _meter;
    private readonly ILocalSiloDetails _silo;
    private readonly TimeProvider _time;
    private readonly ILogger<StreamGrain> _logger;

    private GrainState<StreamRecordBlob> _stored = new();
    private StreamRecord? _record;
    private LstmModel? _model;
    private string _damage = "";
    private bool _ended;

    public StreamGrain(
        [FromKeyedServices(StorageName)] IGrainStorage storage,
        ModelStore models,
        IOptions<StreamsOptions> window,
        LstmMeter meter,
        ILocalSiloDetails silo,
        TimeProvider time,
        ILogger<StreamGrain> logger)
    {
        (_storage, _models, _window, _meter, _silo, _time, _logger) = (storage, models, window.Value, meter, silo, time, logger);
    }

    private string Key => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _storage.ReadStateAsync(StateName, this.GetGrainId(), _stored);
            if (_stored.RecordExists)
                _record = StreamRecordFormat.Read(Key, _stored.State!.Record);
        }
        catch (Exception exception) when (exception is StorageDamagedException or StreamRecordException)
        {
            // The activation lives on to say so to every caller; failing it would make clients retry for ever.
            _damage = exception.Message;
            LogDamaged(Key, exception.Message);
        }
        catch (Exception exception)
        {
            // Also an answer and not an exception: the caller could not even load the type of a store's own exception. The next call, of a
            // new activation, reads again.
            LogReadFailed(Key, exception);
            _ended = true;
            DeactivateOnIdle();
        }
    }

    public async Task<OpenAnswer> Open(OpenRequest request)
    {
        if (Unusable(request.Key, request.Incarnation == 0 ? "The incarnation is 0; choose 64 random bits other than 0." : "") is { } refusal)
            return new OpenAnswer { Status = refusal.Status, Detail = refusal.Detail };
        if (_record is { } existing)
            return await OpenExisting(existing, request);
        if (request.Mode != StreamMode.Durable)
            return Refused(StreamStatus.Invalid, $"Mode {request.Mode} is not available in this version; open the stream as {StreamMode.Durable}.");
        if ((request.Options & ~(StreamOptions.AnswerOutput | StreamOptions.AllowNonFinite)) != 0)
            return Refused(StreamStatus.Invalid, $"Options {request.Options} cannot be chosen at open; use {StreamOptions.AnswerOutput} and {StreamOptions.AllowNonFinite}.");
        if (!_models.TryResolve(request.Model, out var hash))
            return Refused(StreamStatus.ModelUnavailable, _models.Unknown(request.Model));
        var model = await LoadModel(hash);
        if (model.Model == null)
            return Refused(StreamStatus.ModelUnavailable, model.Problem);
        var shape = model.Model.Shape;
        if (shape.Bidirectional)
            return Refused(StreamStatus.Invalid, $"Model '{request.Model}' is bidirectional: its backward direction needs the end of the sequence, and a stream has none. Use batch forward, or a model of one direction.");
        int answerSize = request.Options.HasFlag(StreamOptions.AnswerOutput) ? shape.OutputSize : model.Model.AnswerSize;
        if ((long)answerSize * sizeof(float) > _window.WindowBytes)
            return Refused(StreamStatus.Invalid, $"One answer of model '{request.Model}' has {answerSize * sizeof(float)} bytes; the window holds {_window.WindowBytes}. Raise Lstm:Streams:WindowBytes.");

        byte[] hashBytes = new byte[ModelHash.Length];
        hash.CopyTo(hashBytes);
        var record = new StreamRecord
        {
            NumericsVersion = NumericsVersion.Current,
            ModelHash = hashBytes,
            Mode = request.Mode,
            Options = request.Options,
            AnswerSize = answerSize,
            WindowAnswers = _window.WindowAnswers,
            WindowBytes = _window.WindowBytes,
            Incarnation = request.Incarnation,
            LastEventTime = _time.GetUtcNow().ToUnixTimeMilliseconds(),
            H = new float[shape.HiddenLength],
            C = new float[shape.CellLength],
        };
        if (await Write(record) is { } failure)
            return Refused(failure.Status, failure.Detail);
        _model = model.Model;
        return Opened(record, _model);
    }

    public async Task<StepAnswer> Step(StepRequest request)
    {
        if (Unusable(request.Key, "") is { } refusal)
            return refusal;
        if (_record is not { } record)
            return new StepAnswer { Status = StreamStatus.NotOpen, Detail = $"Stream '{Key}' is not open. Open it with a model first." };
        if (record.NumericsVersion != NumericsVersion.Current)
        {
            return StreamStep.Refusal(record, StreamStatus.NumericsUnavailable,
                $"Stream '{Key}' was computed with numerics version {record.NumericsVersion}; this process computes {NumericsVersion.Current}. Run a version that has it.");
        }

        if (_model == null)
        {
            var loaded = await LoadModel(new ModelHash(record.ModelHash.Span));
            if (loaded.Model == null)
                return StreamStep.Refusal(record, StreamStatus.ModelUnavailable, loaded.Problem);
            _model = loaded.Model;
        }

        var outcome = StreamStep.Apply(record, _model, request, _time.GetUtcNow().ToUnixTimeMilliseconds());
        if (!outcome.MustWrite)
        {
            _record = outcome.Next;
            _meter.NotApplied(outcome.Answer.Status);
            return outcome.Answer;
        }

        if (await Write(outcome.Next) is { } failure)
            return StreamStep.Refusal(record, failure.Status, failure.Detail);
        _meter.Steps.Add(outcome.Next.Position - record.Position);
        return outcome.Answer;
    }

    public Task<SessionAnswer> OpenSession(SessionRequest request) => throw new NotSupportedException();

    public Task<SessionAnswer> EndSession(SessionRequest request) => throw new NotSupportedException();

    public Task<OperationAnswer> Reset(ResetRequest request) => throw new NotSupportedException();

    public Task<OperationAnswer> Close(CloseRequest request) => throw new NotSupportedException();

    public Task<OperationAnswer> Fork(ForkRequest request) => throw new NotSupportedException();

    public Task<ExportAnswer> Export(ExportRequest request) => throw new NotSupportedException();

    public Task<OperationAnswer> Import(ImportRequest request) => throw new NotSupportedException();

    public Task<StreamView> Show()
    {
        if (Unusable(Key, "") is { } refusal)
            return Task.FromResult(new StreamView { Status = refusal.Status, Detail = refusal.Detail });
        if (_record is not { } record)
            return Task.FromResult(new StreamView { Status = StreamStatus.NotOpen, Detail = $"Stream '{Key}' is not open." });
        return Task.FromResult(new StreamView
        {
            Status = record.Closed ? StreamStatus.Closed : StreamStatus.Ok,
            Incarnation = record.Incarnation,
            Position = record.Position,
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
        });
    }

    private async Task<OpenAnswer> OpenExisting(StreamRecord record, OpenRequest request)
    {
        if (record.Closed)
            return new OpenAnswer { Status = StreamStatus.Closed, Incarnation = record.Incarnation, Position = record.Position, DurablePosition = record.Position, Detail = $"Stream '{Key}' was closed at position {record.Position}." };
        var hash = new ModelHash(record.ModelHash.Span);
        var loaded = await LoadModel(hash);
        if (loaded.Model == null)
            return Refused(StreamStatus.ModelUnavailable, loaded.Problem);
        var opened = Opened(record, loaded.Model);
        if (record.Incarnation == request.Incarnation)
        {
            // A name may point to a newer version by now; the stream keeps its own. A hash or options that differ are another opening.
            return (ModelHash.TryParse(request.Model, out var asked) && asked != hash) || record.Options != request.Options
                ? Refused(StreamStatus.Invalid, $"Stream '{Key}' was opened under incarnation {record.Incarnation:x16} with model {hash} and options {record.Options}, not with {request.Model} and {request.Options}. Repeat the same opening, or use another key.")
                : opened;
        }

        return opened with
        {
            Status = StreamStatus.AlreadyOpen,
            Detail = $"Stream '{Key}' is open since an earlier opening (incarnation {record.Incarnation:x16}, model {hash.ToString()[..12]}, position {record.Position}). Go on with that, or use another key.",
        };
    }

    private static OpenAnswer Opened(StreamRecord record, LstmModel model) => new()
    {
        Status = StreamStatus.Ok,
        Incarnation = record.Incarnation,
        Position = record.Position,
        DurablePosition = record.Position,
        ModelHash = Convert.ToHexStringLower(record.ModelHash.Span),
        InputSize = model.Shape.InputSize,
        AnswerSize = record.AnswerSize,
        WindowAnswers = record.WindowAnswers,
        WindowBytes = record.WindowBytes,
        FeatureNames = [.. model.FeatureNames],
    };

    private static OpenAnswer Refused(StreamStatus status, string detail) => new() { Status = status, Detail = detail };

    /// <summary>What holds for every call: right key, whole record, an activation that may still speak.</summary>
    private StepAnswer? Unusable(string key, string broken)
    {
        if (_ended)
            return new StepAnswer { Status = StreamStatus.NotNow, Detail = $"Stream '{Key}' could not be read or written and is being activated anew. Send the same positions again." };
        if (key != Key)
            broken = $"The request is for stream '{key}' but came to '{Key}'.";
        if (broken.Length > 0)
            return new StepAnswer { Status = StreamStatus.Invalid, Detail = broken };
        return _damage.Length > 0 ? new StepAnswer { Status = StreamStatus.Damaged, Detail = _damage } : null;
    }

    private async Task<(LstmModel? Model, string Problem)> LoadModel(ModelHash hash)
    {
        // Reading and packing a large model takes long: not on the grain's thread.
        return await Task.Run(() => (_models.TryLoad(hash, out string problem), problem));
    }

    /// <summary>Writes a record and makes it the state once it is on disk.</summary>
    /// <returns>Null, or why not.</returns>
    private async Task<StepAnswer?> Write(StreamRecord next)
    {
        var attempt = new GrainState<StreamRecordBlob>(new StreamRecordBlob { Record = StreamRecordFormat.Write(Key, next) })
        {
            ETag = _stored.ETag,
            RecordExists = _stored.RecordExists,
        };
        try
        {
            await _storage.WriteStateAsync(StateName, this.GetGrainId(), attempt);
        }
        catch (StorageRefusedException exception)
        {
            return new StepAnswer { Status = StreamStatus.StorageRefused, Detail = exception.Message };
        }
        catch (Exception exception)
        {
            LogWriteFailed(Key, exception);
            if (exception is InconsistentStateException || !await StillStored())
            {
                _ended = true;
                DeactivateOnIdle();
            }

            return new StepAnswer { Status = StreamStatus.NotNow, Detail = $"The write of stream '{Key}' failed ({exception.Message}). Send the same positions again." };
        }

        (_stored, _record) = (attempt, next);
        return null;
    }

    /// <summary>Whether storage certainly still holds the state this activation knows.</summary>
    private async Task<bool> StillStored()
    {
        try
        {
            var read = new GrainState<StreamRecordBlob>();
            await _storage.ReadStateAsync(StateName, this.GetGrainId(), read);
            return read.RecordExists == _stored.RecordExists && read.ETag == _stored.ETag;
        }
        catch (Exception exception)
        {
            LogReadAgainFailed(Key, exception);
            return false;
        }
    }
}
