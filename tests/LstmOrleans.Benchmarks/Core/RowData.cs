using LstmOrleans.Numerics;

namespace LstmOrleans.Benchmarks.Core;

/// <summary>The same parameters and inputs for every contestant of a row, drawn from a fixed seed, so that a child process has them too.</summary>
internal sealed class RowData
{
    private readonly Random _random = new(1);

    public RowData(CoreRow row)
    {
        var shape = row.Shape;
        float bound = 1 / MathF.Sqrt(shape.HiddenSize);
        var layers = new LayerParameters[shape.NumLayers * shape.Directions];
        for (int index = 0; index < layers.Length; index++)
        {
            int gates = 4 * shape.HiddenSize;
            layers[index] = new LayerParameters(
                Weights(gates * shape.LayerInputSize(index / shape.Directions), bound, row.Precision),
                Weights(gates * shape.StateSize, bound, row.Precision),
                Draw(gates, bound),
                Draw(gates, bound),
                shape.ProjSize > 0 ? Weights(shape.ProjSize * shape.HiddenSize, bound, row.Precision) : null);
        }

        Parameters = new LstmParameters(shape, layers, Precision: row.Precision);
        X = Draw(row.Steps * row.Batch * shape.InputSize, 1);
        H0 = Draw(shape.HiddenLength * row.Batch, 0.5f);
        C0 = Draw(shape.CellLength * row.Batch, 0.5f);
    }

    private RowData(RowData same, LstmParameters parameters) => (Parameters, X, H0, C0) = (parameters, same.X, same.H0, same.C0);

    public LstmParameters Parameters { get; }

    /// <summary>(T, B, I)</summary>
    public float[] X { get; }

    /// <summary>(L*D, B, P or H)</summary>
    public float[] H0 { get; }

    /// <summary>(L*D, B, H)</summary>
    public float[] C0 { get; }

    /// <summary>The same values stored as float32.</summary>
    public RowData AsFloat32() => new(this, Parameters with { Precision = WeightPrecision.Float32 });

    private float[] Draw(int count, float bound)
    {
        float[] values = new float[count];
        for (int index = 0; index < count; index++)
            values[index] = ((_random.NextSingle() * 2) - 1) * bound;
        return values;
    }

    private float[] Weights(int count, float bound, WeightPrecision precision)
    {
        float[] values = Draw(count, bound);
        if (precision == WeightPrecision.BFloat16)
        {
            for (int index = 0; index < count; index++)
                values[index] = ToBFloat16(values[index]);
        }

        return values;
    }

    /// <summary>The nearest bfloat16 value, ties to even.</summary>
    private static float ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000);
    }
}

/// <summary>What a contestant computed from a row's data: output (T, B, D*K), h_n (L*D, B, K), c_n (L*D, B, H).</summary>
internal sealed record RowValues(float[] Output, float[] HN, float[] CN)
{
    /// <summary>A peer's values may differ from ours by this much: float32 sums in another order, over 100 steps.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>The largest difference; infinite if a NaN is there.</summary>
    public double WorstDifference(RowValues other) => Math.Max(Worst(Output, other.Output), Math.Max(Worst(HN, other.HN), Worst(CN, other.CN)));

    private static double Worst(float[] a, float[] b)
    {
        if (a.Length != b.Length)
            return double.PositiveInfinity;
        double worst = 0;
        for (int index = 0; index < a.Length; index++)
        {
            double difference = Math.Abs((double)a[index] - b[index]);
            worst = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(worst, difference);
        }

        return worst;
    }
}
