using CsCheck;

namespace LstmOrleans.Numerics.Tests.ModelFile;

/// <summary>Models with every option of an LSTM, and values from all corners of the finite floats.</summary>
internal static class RandomModels
{
    private static readonly float[] Corners = [0f, -0f, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, 1f, -1f];

    public static Gen<LstmParameters> Any { get; } =
        from shape in Shapes
        from scaled in Gen.Bool
        from named in Gen.Bool
        from outputs in Gen.Int[0, 3]
        from headBias in Gen.Bool
        from activation in Gen.Enum<HeadActivation>()
        from precision in Gen.Enum<WeightPrecision>()
        from seed in Gen.Int
        select Make(shape, seed, scaled, named, outputs, headBias, activation, precision);

    private static Gen<LstmShape> Shapes =>
        from input in Gen.Int[1, 5]
        from hidden in Gen.Int[1, 5]
        from layers in Gen.Int[1, 3]
        from bias in Gen.Bool
        from batchFirst in Gen.Bool
        from dropout in Gen.Double[0, 1]
        from bidirectional in Gen.Bool
        from projection in Gen.Int[0, hidden - 1]
        select new LstmShape
        {
            InputSize = input,
            HiddenSize = hidden,
            NumLayers = layers,
            Bias = bias,
            BatchFirst = batchFirst,
            Dropout = dropout,
            Bidirectional = bidirectional,
            ProjSize = projection,
        };

    /// <summary>A model with these options and values from this seed; <paramref name="outputs"/> 0 = no head.</summary>
    public static LstmParameters Make(
        LstmShape shape, int seed, bool scaled = false, bool named = false, int outputs = 0, bool headBias = true, HeadActivation activation = HeadActivation.None,
        WeightPrecision precision = WeightPrecision.Float32)
    {
        // Not security: a test must be repeatable from its seed.
        var random = new Random(seed);
        var layers = new List<LayerParameters>();
        for (var i = 0; i < shape.NumLayers * shape.Directions; i++)
        {
            var gates = 4 * shape.HiddenSize;
            layers.Add(new LayerParameters(
                Weights(gates * shape.LayerInputSize(i / shape.Directions)),
                Weights(gates * shape.StateSize),
                shape.Bias ? Values(gates) : null,
                shape.Bias ? Values(gates) : null,
                shape.ProjSize > 0 ? Weights(shape.ProjSize * shape.HiddenSize) : null));
        }

        return new LstmParameters(
            shape,
            layers,
            scaled ? new InputScaling(Values(shape.InputSize), Values(shape.InputSize)) : null,
            outputs > 0 ? new LinearHead(Weights(outputs * shape.OutputSize), headBias ? Values(outputs) : null, outputs, activation) : null,
            named ? [.. Enumerable.Range(0, shape.InputSize).Select(i => $"sensor \"{i}\" °C 温度\n")] : [],
            precision);

        // Cut off, not rounded: the largest float must stay finite.
        float[] Weights(int count) => precision == WeightPrecision.Float32 ? Values(count) : Array.ConvertAll(Values(count),
            value => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000));

        float[] Values(int count) =>
            [.. Enumerable.Range(0, count).Select(_ => random.Next(4) == 0 ? Corners[random.Next(Corners.Length)] : random.NextSingle() - 0.5f)];
    }
}
