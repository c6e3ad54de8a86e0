using System.Numerics.Tensors;
using LstmOrleans.Numerics;

namespace LstmOrleans.Benchmarks.Vectors;

/// <summary>What one file came to.</summary>
/// <param name="Name">The case.</param>
/// <param name="Error">Largest absolute error; NaN when a NaN was compared, null when nothing was.</param>
/// <param name="Paths">What was run: <c>forward</c>, or <c>forward, steps</c>.</param>
/// <param name="Failure">Why it failed, in one line; null = passed.</param>
internal sealed record VectorResult(string Name, double? Error, string Paths, string? Failure);

/// <summary>Runs a case through the public API: as full sequences, and step by step where a stream could do it.</summary>
internal sealed class VectorCheck
{
    /// <summary>Of every comparison with another implementation: float32 sums in another order.</summary>
    public const double Tolerance = 1e-5;

    private readonly VectorCase _case;
    private readonly LstmModel _model;
    private double _worst;
    private string? _failure;

    private VectorCheck(VectorCase test)
    {
        _case = test;
        _model = new LstmModel(test.Parameters);
    }

    /// <summary>Whatever is wrong with a file is its result; the files after it still get their turn.</summary>
    public static VectorResult OfFile(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        try
        {
            return Of(VectorCase.Load(path));
        }
        catch (Exception error)
        {
            return new VectorResult(name, null, "", error.Message.ReplaceLineEndings(" "));
        }
    }

    public static VectorResult Of(VectorCase test) => new VectorCheck(test).Run();

    private VectorResult Run()
    {
        var shape = _case.Shape;
        nint layers = shape.NumLayers * shape.Directions, batch = _case.Batch, steps = _case.Steps;
        nint[] x = _case.Unbatched ? [steps, shape.InputSize] : shape.BatchFirst ? [batch, steps, shape.InputSize] : [steps, batch, shape.InputSize];
        nint[] h = _case.Unbatched ? [layers, shape.StateSize] : [layers, batch, shape.StateSize];
        nint[] c = _case.Unbatched ? [layers, shape.HiddenSize] : [layers, batch, shape.HiddenSize];
        var result = _model.Forward(Tensor.Create(_case.X, x), Tensor.Create(_case.H0, h), Tensor.Create(_case.C0, c), _case.Lengths);
        float[] output = Values(result.Output), hn = Values(result.HN), cn = Values(result.CN);
        Compare("output", _case.Output, output);
        Compare("h_n", _case.Hn, hn);
        Compare("c_n", _case.Cn, cn);

        bool streamable = !shape.Bidirectional && _case.Lengths == null;
        if (streamable)
            RunSteps(output, hn, cn);
        return new VectorResult(_case.Name, _worst, streamable ? "forward, steps" : "forward", _failure);
    }

    private void RunSteps(float[] output, float[] hn, float[] cn)
    {
        var shape = _case.Shape;
        bool byBatch = shape.BatchFirst || _case.Unbatched;
        float[] stepped = new float[output.Length], h = new float[hn.Length], c = new float[cn.Length];
        for (int sequence = 0; sequence < _case.Batch; sequence++)
        {
            var state = new LstmState(shape, Gather(_case.H0, sequence, shape.StateSize), Gather(_case.C0, sequence, shape.HiddenSize));
            for (int step = 0; step < _case.Steps; step++)
            {
                int row = byBatch ? (sequence * _case.Steps) + step : (step * _case.Batch) + sequence;
                var x = _case.X.AsSpan(row * shape.InputSize, shape.InputSize);
                _model.Step(x, state, stepped.AsSpan(row * shape.OutputSize, shape.OutputSize));
            }

            Scatter(state.H, h, sequence, shape.StateSize);
            Scatter(state.C, c, sequence, shape.HiddenSize);
        }

        Compare("output of the steps", _case.Output, stepped);
        Compare("h_n of the steps", _case.Hn, h);
        Compare("c_n of the steps", _case.Cn, c);
        RequireSameBits("output", output, stepped);
        RequireSameBits("h_n", hn, h);
        RequireSameBits("c_n", cn, c);
    }

    /// <summary>One sequence of (L, B, size) as (L, size).</summary>
    private float[] Gather(float[] states, int sequence, int size)
    {
        float[] own = new float[_case.Shape.NumLayers * size];
        for (int layer = 0; layer < _case.Shape.NumLayers; layer++)
            states.AsSpan(((layer * _case.Batch) + sequence) * size, size).CopyTo(own.AsSpan(layer * size));
        return own;
    }

    private void Scatter(float[] own, float[] states, int sequence, int size)
    {
        for (int layer = 0; layer < _case.Shape.NumLayers; layer++)
            own.AsSpan(layer * size, size).CopyTo(states.AsSpan(((layer * _case.Batch) + sequence) * size));
    }

    private void Compare(string what, float[] expected, float[] actual)
    {
        for (int index = 0; index < expected.Length; index++)
        {
            double error = Math.Abs((double)actual[index] - expected[index]);
            // Once a NaN, always a NaN: it is larger than any number.
            if (error > _worst || double.IsNaN(error))
                _worst = double.IsNaN(_worst) ? _worst : error;
            // Not 'error > Tolerance': a NaN is no error within the tolerance.
            if (!(error <= Tolerance))
                _failure ??= $"{what}[{index}] is {actual[index]:R}, the file has {expected[index]:R}; at most {Tolerance:0e-0} apart is allowed.";
        }
    }

    private void RequireSameBits(string what, float[] forward, float[] stepped)
    {
        int index = forward.AsSpan().CommonPrefixLength(stepped, SameBits.Instance);
        if (index < forward.Length)
            _failure ??= $"{what}[{index}] is {stepped[index]:R} step by step and {forward[index]:R} as a full sequence; they must be the same bits.";
    }

    private static float[] Values(Tensor<float> tensor)
    {
        float[] values = new float[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }

    private sealed class SameBits : IEqualityComparer<float>
    {
        public static readonly SameBits Instance = new();

        public bool Equals(float x, float y) => GetHashCode(x) == GetHashCode(y);

        public int GetHashCode(float obj) => float.IsNaN(obj) ? -1 : BitConverter.SingleToInt32Bits(obj);
    }
}
