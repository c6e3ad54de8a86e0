using System.Diagnostics;
using System.Runtime.InteropServices;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Watching;
using LstmOrleans.Numerics;

namespace LstmOrleans.Silo.Watching;

/// <summary>The last steps of one stream, kept while somebody looks.</summary>
/// <remarks>
/// <para>The step itself keeps no gate and knows nothing of this: what a call applied is computed again here, from the record before it, to the same bits.
/// So a stream that nobody watches pays for one comparison a call, and a watched one for its steps twice.</para>
/// <para>Recorded is what was staged; told is what may be told. In Durable mode that ends at the durable position, and what a failed write drops was never told.
/// In Checkpointed it ends at the newest one. What was dropped makes way when other steps take its positions.</para>
/// <para>Used from the grain's scheduler only.</para>
/// </remarks>
internal sealed class StreamWatch
{
    private readonly WatchLimits _limits;
    private readonly List<WatchedStep> _steps = [];
    private LstmModel _model;
    private long _sequence;

    /// <param name="id">Another one than any watch of this stream had.</param>
    /// <param name="limits">What it may cost.</param>
    /// <param name="model">The stream's model.</param>
    /// <param name="newest">The stream's newest record: the first column of every picture.</param>
    public StreamWatch(ulong id, WatchLimits limits, LstmModel model, StreamRecord newest)
    {
        (Id, _limits, _model) = (id, limits, model);
        Begin(model, newest);
    }

    public ulong Id { get; }

    /// <summary>The life of the stream that the steps are of.</summary>
    public ulong Incarnation { get; private set; }

    /// <summary>Steps that are kept at most.</summary>
    public int Capacity { get; private set; }

    /// <summary>Steps that are kept.</summary>
    public int Count => _steps.Count;

    /// <summary>Records what a call has applied.</summary>
    /// <param name="model">The stream's model.</param>
    /// <param name="before">The record that the call found.</param>
    /// <param name="request">The call.</param>
    /// <param name="after">The record that it left.</param>
    public void Record(LstmModel model, StreamRecord before, StepRequest request, StreamRecord after)
    {
        int applied = (int)(after.Position - before.Position);
        if (applied == 0)
            return;
        GoOnFrom(model, before);
        var shape = model.Shape;
        var state = new LstmState(shape, [.. before.H], [.. before.C]);
        float[] output = new float[shape.OutputSize], gates = new float[model.GatesLength];
        var inputs = MemoryMarshal.Cast<byte, float>(request.Inputs.Span)[^(applied * shape.InputSize)..];
        for (int index = 0; index < applied; index++)
        {
            var input = inputs.Slice(index * shape.InputSize, shape.InputSize);
            if (applied - index > Capacity)
            {
                model.Step(input, state, output, allowNonFinite: true);
                continue;
            }

            model.StepWatched(input, state, gates);
            Add(new WatchedStep(++_sequence, before.Position + index + 1, input.ToArray(), Answer(model, state, after), [.. state.H], [.. state.C],
                GateSaturation.Shares(gates, shape.NumLayers, shape.HiddenSize)));
        }

        Debug.Assert(MemoryMarshal.AsBytes<float>(state.C).SequenceEqual(MemoryMarshal.AsBytes<float>(after.C)), "A watched step has other bits than the step.");
    }

    /// <summary>What is new since a look. The caller knows that the records may be told.</summary>
    /// <param name="request">The look.</param>
    /// <param name="committed">What is on disk.</param>
    /// <param name="pending">The newest.</param>
    public WatchAnswer Read(WatchRequest request, StreamRecord committed, StreamRecord pending)
    {
        bool provisional = committed.Mode == StreamMode.Checkpointed && pending.Incarnation == committed.Incarnation;
        long position = provisional ? pending.Position : committed.Position;
        long since = request.Watch == Id ? request.Since : 0;
        // A layer that the model does not have is its last one.
        request = request with { Layer = Math.Clamp(request.Layer, 0, _model.Shape.NumLayers - 1) };
        WatchedStep[] told = Incarnation != committed.Incarnation ? [] : [.. _steps.Where(step => step.Sequence > since && step.Position <= position)];

        var shape = _model.Shape;
        int wanted = request.Units is > 0 and < WatchAnswer.MostUnits ? request.Units : WatchAnswer.MostUnits;
        var h = Units(request, wanted, shape.StateSize);
        var c = Units(request, wanted, shape.HiddenSize);
        int answerSize = committed.AnswerSize;
        return new WatchAnswer
        {
            Watch = Id,
            Incarnation = committed.Incarnation,
            Position = position,
            DurablePosition = committed.Position,
            Confirmed = committed.Confirmed,
            Mode = committed.Mode,
            Options = committed.Options,
            Session = committed.Session,
            LastEventTime = committed.LastEventTime,
            ModelHash = Convert.ToHexStringLower(committed.ModelHash.Span),
            InputSize = shape.InputSize,
            AnswerSize = answerSize,
            FeatureNames = [.. _model.FeatureNames.Take(WatchAnswer.MostSeries)],
            Layers = shape.NumLayers,
            HiddenSize = shape.HiddenSize,
            StateSize = shape.StateSize,
            Capacity = Capacity,
            Since = told.Length > 0 ? told[^1].Sequence : since,
            Positions = MemoryMarshal.AsBytes<long>(Array.ConvertAll(told, step => step.Position)).ToArray(),
            Inputs = Rows(told, step => step.Input, 0, Math.Min(shape.InputSize, WatchAnswer.MostSeries)),
            Answers = Rows(told, step => step.Answer, 0, Math.Min(answerSize, WatchAnswer.MostSeries)),
            H = Rows(told, step => step.H, h.First, h.Count),
            C = Rows(told, step => step.C, c.First, c.Count),
            Saturated = Rows(told, step => step.Saturated, request.Layer * GateSaturation.Gates, GateSaturation.Gates),
        };
    }

    private void GoOnFrom(LstmModel model, StreamRecord before)
    {
        if (!ReferenceEquals(model, _model) || before.Incarnation != Incarnation)
        {
            Begin(model, before);
            return;
        }

        // What a failed write has dropped.
        _steps.RemoveAll(step => step.Position > before.Position);
        if (_steps.Count == 0 || _steps[^1].Position != before.Position)
            Begin(model, before);
    }

    private void Begin(LstmModel model, StreamRecord record)
    {
        var shape = model.Shape;
        long floats = shape.InputSize + record.AnswerSize + shape.HiddenLength + shape.CellLength + ((long)shape.NumLayers * GateSaturation.Gates);
        (_model, Incarnation) = (model, record.Incarnation);
        Capacity = (int)Math.Clamp(_limits.MostBytes / (floats * sizeof(float)), 1, _limits.Steps);
        _steps.Clear();
        Add(new WatchedStep(++_sequence, record.Position, [], [], [.. record.H], [.. record.C], []));
    }

    private void Add(WatchedStep step)
    {
        if (_steps.Count >= Capacity)
            _steps.RemoveAt(0);
        _steps.Add(step);
    }

    private static float[] Answer(LstmModel model, LstmState state, StreamRecord record)
    {
        var output = state.H.AsSpan(^model.Shape.OutputSize..);
        if (record.Options.HasFlag(StreamOptions.AnswerOutput))
            return output.ToArray();
        float[] answer = new float[model.AnswerSize];
        model.Answer(output, answer);
        return answer;
    }

    private static (int First, int Count) Units(WatchRequest request, int wanted, int size)
    {
        int first = Math.Clamp(request.FirstUnit, 0, size);
        return ((request.Layer * size) + first, Math.Min(wanted, size - first));
    }

    /// <summary>(steps, count), NaN where a step has none.</summary>
    private static byte[] Rows(WatchedStep[] steps, Func<WatchedStep, float[]> values, int first, int count)
    {
        float[] rows = new float[steps.Length * count];
        for (int index = 0; index < steps.Length; index++)
        {
            var row = rows.AsSpan(index * count, count);
            float[] all = values(steps[index]);
            if (all.Length == 0)
                row.Fill(float.NaN);
            else
                all.AsSpan(first, count).CopyTo(row);
        }

        return MemoryMarshal.AsBytes(rows.AsSpan()).ToArray();
    }
}
