using LstmOrleans.Numerics.Kernels;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Numerics;

/// <summary>An immutable LSTM with optional input scaling and head, packed for this process's widest registers. Safe to share between threads.</summary>
public sealed partial class LstmModel
{
    private readonly LstmNetwork _network;
    private readonly InputScaling? _scaling;
    private readonly LinearHead? _head;

    /// <summary>Checks and packs parameters.</summary>
    /// <exception cref="ArgumentException">A size, an array length or a value (NaN, infinity) breaks a rule; the message says which.</exception>
    public LstmModel(LstmParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ParameterCheck.ThrowIfBroken(parameters, nameof(parameters));
        Shape = parameters.Shape;
        Precision = parameters.Precision;
        FeatureNames = parameters.FeatureNames ?? [];
        _scaling = parameters.Scaling;
        _head = parameters.Head;
        _network = LstmNetwork.Create(parameters);
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
    /// <exception cref="InvalidOperationException">The model is bidirectional: its backward direction would need the future.</exception>
    public void Step(ReadOnlySpan<float> x, LstmState state, Span<float> output) =>
        StepBatch(new ReadOnlySpan<LstmState>(in state), x, output);

    /// <summary>One time step of many streams at once; every row's bits equal those of <see cref="Step"/>.</summary>
    /// <param name="states">B states, anywhere in memory, all different.</param>
    /// <param name="x">(B, I)</param>
    /// <param name="output">(B, P or H)</param>
    public void StepBatch(ReadOnlySpan<LstmState> states, ReadOnlySpan<float> x, Span<float> output)
    {
        if (Shape.Bidirectional)
            throw new InvalidOperationException("The model is bidirectional: its backward direction needs the whole sequence. Use Forward, or a model of one direction.");
        RequireLength(x.Length, states.Length, Shape.InputSize, "x", "I");
        RequireLength(output.Length, states.Length, Shape.OutputSize, "output", "output size");
        foreach (var state in states)
        {
            if (state.H.Length != Shape.HiddenLength || state.C.Length != Shape.CellLength)
            {
                throw new ArgumentException(
                    $"A state has {state.H.Length} + {state.C.Length} floats of (h, c); this model's have {Shape.HiddenLength} + {Shape.CellLength}. Make states with new LstmState(model.Shape).", nameof(states));
            }
        }

        if (states.IsEmpty)
            return;
        if (_scaling == null)
        {
            _network.Step(states, x, output);
            return;
        }

        const int OnStack = 512;
        Span<float> scaled = x.Length <= OnStack ? stackalloc float[OnStack] : new float[x.Length];
        scaled = scaled[..x.Length];
        Scale(x, scaled);
        _network.Step(states, scaled, output);
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
        HeadActivations.Apply(_head.Activation, answer);
    }

    private void Scale(ReadOnlySpan<float> x, Span<float> scaled)
    {
        float[] mean = _scaling!.Mean, inverse = _scaling.InverseScale;
        for (int row = 0; row < x.Length; row += mean.Length)
        {
            for (int feature = 0; feature < mean.Length; feature++)
                scaled[row + feature] = (x[row + feature] - mean[feature]) * inverse[feature];
        }
    }

    private static void RequireLength(int actual, int rows, int rowLength, string name, string size)
    {
        if (actual != (long)rows * rowLength)
            throw new ArgumentException($"{name} has {actual} floats; {rows} rows of {size} = {rowLength} need {(long)rows * rowLength}.", name);
    }
}
