using System.Numerics.Tensors;
using LstmOrleans.Numerics.Kernels;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Numerics;

/// <summary>An immutable LSTM with optional input scaling and head, packed for this process's widest registers. Safe to share between threads.</summary>
public sealed partial class LstmModel
{
    private static long _lastBatch;

    private readonly LstmNetwork _network;
    private readonly InputScaling? _scaling;
    private readonly (int OutputSize, HeadActivation Activation)? _head;

    /// <summary>Checks and packs parameters.</summary>
    /// <exception cref="ArgumentException">A size, an array length or a value (NaN, infinity) breaks a rule; the message says which.</exception>
    public LstmModel(LstmParameters parameters) : this(parameters, LstmNetwork.Create)
    {
    }

    /// <summary>For tests of one lane width.</summary>
    internal LstmModel(LstmParameters parameters, Func<LstmParameters, LstmNetwork> network)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ParameterCheck.ThrowIfBroken(parameters, nameof(parameters));
        Shape = parameters.Shape;
        Precision = parameters.Precision;
        FeatureNames = [.. parameters.FeatureNames ?? []];
        _scaling = parameters.Scaling is { } scaling ? new InputScaling([.. scaling.Mean], [.. scaling.InverseScale]) : null;
        _head = parameters.Head is { } head ? (head.OutputSize, head.Activation) : null;
        _network = network(parameters);
    }

    /// <summary>The sizes.</summary>
    public LstmShape Shape { get; }

    /// <summary>Stored form of the weight matrices.</summary>
    public WeightPrecision Precision { get; }

    /// <summary>Names of the I features, or empty.</summary>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <summary>Floats of one answer: the head's outputs, or the output size without a head.</summary>
    public int AnswerSize => _head?.OutputSize ?? Shape.OutputSize;

    /// <summary>Whether answers are results of a head.</summary>
    public bool HasHead => _head != null;

    /// <summary>Lanes of the registers in use: 16, 8, 4 or 1.</summary>
    public int Lanes => _network.Lanes;

    /// <summary>One time step of one stream: scales x, replaces (h, c) in <paramref name="state"/>, writes the top layer's h. Allocates nothing.</summary>
    /// <param name="x">(I)</param>
    /// <param name="state">In: (h, c); out: (h', c').</param>
    /// <param name="output">(P or H)</param>
    /// <param name="allowNonFinite">Lets NaN and infinity through.</param>
    /// <exception cref="ArgumentException">A length does not fit the model; nothing was written.</exception>
    /// <exception cref="NonFiniteException">A feature is not finite, or the new state would not be; nothing was written.</exception>
    /// <exception cref="InvalidOperationException">The model is bidirectional: its backward direction would need the future.</exception>
    public void Step(ReadOnlySpan<float> x, LstmState state, Span<float> output, bool allowNonFinite = false) =>
        StepBatch(new ReadOnlySpan<LstmState>(in state), x, output, allowNonFinite);

    /// <summary>One time step of many streams at once; every row's bits equal those of <see cref="Step"/>.</summary>
    /// <param name="states">B states, anywhere in memory, all different.</param>
    /// <param name="x">(B, I)</param>
    /// <param name="output">(B, P or H)</param>
    /// <param name="allowNonFinite">Lets NaN and infinity through.</param>
    /// <exception cref="ArgumentException">A length does not fit the model, or a state comes twice; nothing was written.</exception>
    /// <exception cref="NonFiniteException">A feature is not finite, or a new state would not be; no row was applied.</exception>
    /// <exception cref="InvalidOperationException">The model is bidirectional.</exception>
    public void StepBatch(ReadOnlySpan<LstmState> states, ReadOnlySpan<float> x, Span<float> output, bool allowNonFinite = false)
    {
        RequireOneDirection();
        RequireLength(x.Length, states.Length, Shape.InputSize, "x", "input_size");
        RequireLength(output.Length, states.Length, Shape.OutputSize, "output", "output size");
        RunStep(new StepRows(states, x, output, Shape), allowNonFinite);
    }

    /// <summary>The same for rows whose x and output lie anywhere in memory.</summary>
    /// <param name="rows">B streams, all different.</param>
    /// <param name="allowNonFinite">Lets NaN and infinity through.</param>
    /// <exception cref="ArgumentException">A length does not fit the model, or a state comes twice; nothing was written.</exception>
    /// <exception cref="NonFiniteException">A feature is not finite, or a new state would not be; no row was applied.</exception>
    /// <exception cref="InvalidOperationException">The model is bidirectional.</exception>
    public void StepBatch(ReadOnlySpan<StreamRow> rows, bool allowNonFinite = false)
    {
        RequireOneDirection();
        for (int row = 0; row < rows.Length; row++)
        {
            if (rows[row].X.Length != Shape.InputSize)
                throw new ArgumentException($"rows[{row}].X has {rows[row].X.Length} floats; input_size is {Shape.InputSize}. Give it that length.", nameof(rows));
            if (rows[row].Output.Length != Shape.OutputSize)
                throw new ArgumentException($"rows[{row}].Output has {rows[row].Output.Length} floats; the output size is {Shape.OutputSize}. Give it that length.", nameof(rows));
        }

        RunStep(new StepRows(rows), allowNonFinite);
    }

    /// <summary>Turns one step's output into an answer: the head's result, or a copy without a head.</summary>
    /// <param name="output">(D * K)</param>
    /// <param name="answer">(AnswerSize)</param>
    public void Answer(ReadOnlySpan<float> output, Span<float> answer)
    {
        RequireLength(output.Length, 1, Shape.OutputSize, "output", "output size");
        RequireLength(answer.Length, 1, AnswerSize, "answer", "answer size");
        if (_head == null)
        {
            output.CopyTo(answer);
            return;
        }

        _network.Head(output, answer);
        HeadActivations.Apply(_head.Value.Activation, answer);
    }

    private void RunStep(StepRows rows, bool allowNonFinite)
    {
        if (rows.Count == 0)
            throw new ArgumentException("B is 0; a batch has at least one row. Leave the call out where there is nothing to compute.", nameof(rows));
        RequireStates(rows);
        for (int row = 0; row < rows.Count && !allowNonFinite; row++)
        {
            if (FirstNonFinite(rows.X(row)) is var feature and >= 0)
                throw NonFiniteException.Input("x", row, rows.Count == 1 ? "x" : $"row {row} of x", feature, rows.X(row)[feature]);
        }

        if (_network.Step(rows, _scaling, allowNonFinite) is var broken and >= 0)
            throw NonFiniteException.State("x", broken, rows.Count == 1 ? "the stream" : $"row {broken}");
    }

    private void RequireStates(StepRows rows, string argument = "states")
    {
        // A state that comes twice would take one of its steps only. Each batch has a number, and a state remembers the last one it was in.
        long batch = rows.Count > 1 ? Interlocked.Increment(ref _lastBatch) : 0;
        for (int row = 0; row < rows.Count; row++)
        {
            var state = rows.State(row) ?? throw new ArgumentException($"states[{row}] is null; every row needs a state. Make one with new LstmState(model.Shape).", argument);
            if (state.H.Length != Shape.HiddenLength || state.C.Length != Shape.CellLength)
            {
                throw new ArgumentException(
                    $"states[{row}] has {state.H.Length} + {state.C.Length} floats of (h, c); this model's have {Shape.HiddenLength} + {Shape.CellLength}. Make states with new LstmState(model.Shape).", argument);
            }

            if (batch != 0 && state.LastBatch == batch)
                throw new ArgumentException($"states[{row}] is also an earlier row's; one batch holds one step of a stream. Put its next step in the next batch.", argument);
            state.LastBatch = batch;
        }
    }

    /// <summary>Index of the first value that is a NaN or an infinity, or -1.</summary>
    public static int FirstNonFinite(ReadOnlySpan<float> values)
    {
        if (values.IsEmpty || TensorPrimitives.IsFiniteAll(values))
            return -1;
        int index = 0;
        while (float.IsFinite(values[index]))
            index++;
        return index;
    }

    private void RequireOneDirection()
    {
        if (Shape.Bidirectional)
            throw new InvalidOperationException("The model is bidirectional: its backward direction needs the whole sequence. Use Forward, or a model of one direction.");
    }

    private static void RequireLength(int actual, int rows, int rowLength, string name, string size)
    {
        if (actual != (long)rows * rowLength)
            throw new ArgumentException($"{name} has {actual} floats; {rows} rows of {size} = {rowLength} need {(long)rows * rowLength}. Give it that length.", name);
    }
}
