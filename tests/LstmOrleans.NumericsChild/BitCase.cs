using LstmOrleans.Numerics;

namespace LstmOrleans.NumericsChild;

/// <summary>A model and what is computed with it. Everything follows from the sizes and the name's place in the list.</summary>
/// <param name="Name">What it is there for.</param>
/// <param name="Seed">Of all its values.</param>
/// <param name="Shape">The sizes.</param>
internal sealed record BitCase(string Name, ulong Seed, LstmShape Shape)
{
    /// <summary>Bound of every parameter; a power of two.</summary>
    public float WeightScale { get; init; } = 0.25f;

    /// <summary>Bound of every input and of the first h; a power of two.</summary>
    public float InputScale { get; init; } = 2;

    /// <summary>Bound of the first c; a power of two.</summary>
    public float CellScale { get; init; } = 2;

    public bool Scaled { get; init; }

    /// <summary>O of the head; 0 = none.</summary>
    public int HeadSize { get; init; }

    public HeadActivation Activation { get; init; }

    public WeightPrecision Precision { get; init; }

    /// <summary>Sequences of the full-sequence run; 0 = there is none.</summary>
    public int Batch { get; init; } = 3;

    public int Steps { get; init; } = 5;

    public bool WithLengths { get; init; }

    public int Threads { get; init; }

    /// <summary>Largest micro-batch; each from 1 to it takes one step. 0 = there is none.</summary>
    public int MicroBatches { get; init; }

    /// <summary>Computes and hands out all results.</summary>
    /// <returns>Lanes in use.</returns>
    public int Run(ResultReader result)
    {
        var random = new ExactRandom(Seed);
        var model = new LstmModel(Parameters(random));
        if (Batch > 0)
            Forward(model, random, result);
        for (int rows = 1; rows <= MicroBatches; rows++)
            Step(model, rows, random, result);
        return model.Lanes;
    }

    private void Forward(LstmModel model, ExactRandom random, ResultReader result)
    {
        float[] x = random.Values(Batch * Steps * Shape.InputSize, InputScale);
        float[] h = random.Values(Batch * Shape.HiddenLength, InputScale), c = random.Values(Batch * Shape.CellLength, CellScale);
        int[] lengths = WithLengths ? [.. Enumerable.Range(0, Batch).Select(_ => random.Length(Steps))] : [];
        float[] output = new float[Batch * Steps * Shape.OutputSize];
        model.Forward(x, Batch, Steps, lengths, Shape.BatchFirst, output, h, c, new ForwardOptions { Threads = Threads });
        result(output);
        result(h);
        result(c);
        Answers(model, output, result);
    }

    private void Step(LstmModel model, int rows, ExactRandom random, ResultReader result)
    {
        var states = new LstmState[rows];
        for (int row = 0; row < rows; row++)
            states[row] = new LstmState(Shape, random.Values(Shape.HiddenLength, InputScale), random.Values(Shape.CellLength, CellScale));
        float[] output = new float[rows * Shape.OutputSize];
        model.StepBatch(states, random.Values(rows * Shape.InputSize, InputScale), output);
        result(output);
        foreach (var state in states)
        {
            result(state.H);
            result(state.C);
        }

        Answers(model, output, result);
    }

    private static void Answers(LstmModel model, float[] outputs, ResultReader result)
    {
        if (!model.HasHead)
            return;
        float[] answer = new float[model.AnswerSize];
        for (int row = 0; row < outputs.Length; row += model.Shape.OutputSize)
        {
            model.Answer(outputs.AsSpan(row, model.Shape.OutputSize), answer);
            result(answer);
        }
    }

    private LstmParameters Parameters(ExactRandom random)
    {
        int gates = 4 * Shape.HiddenSize;
        var layers = new LayerParameters[Shape.NumLayers * Shape.Directions];
        for (int index = 0; index < layers.Length; index++)
        {
            layers[index] = new LayerParameters(
                Weights(gates * Shape.LayerInputSize(index / Shape.Directions)),
                Weights(gates * Shape.StateSize),
                Shape.Bias ? random.Values(gates, WeightScale) : null,
                Shape.Bias ? random.Values(gates, WeightScale) : null,
                Shape.ProjSize > 0 ? Weights(Shape.ProjSize * Shape.HiddenSize) : null);
        }

        var scaling = Scaled ? new InputScaling(random.Values(Shape.InputSize, InputScale), random.Values(Shape.InputSize, 2)) : null;
        var head = HeadSize > 0
            ? new LinearHead(Weights(HeadSize * Shape.OutputSize), random.Values(HeadSize, WeightScale), HeadSize, Activation)
            : null;
        return new LstmParameters(Shape, layers, scaling, head, Precision: Precision);

        float[] Weights(int count) =>
            Precision == WeightPrecision.BFloat16 ? random.BFloat16Values(count, WeightScale) : random.Values(count, WeightScale);
    }

    /// <summary>Receives results.</summary>
    internal delegate void ResultReader(ReadOnlySpan<float> values);
}
