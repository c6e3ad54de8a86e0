using CsCheck;

namespace LstmOrleans.Numerics.Tests;

public class ForwardTests
{
    private static readonly Gen<(LstmShape Shape, int Batch, int Steps, int Seed)> GenCase =
        from input in Gen.Int[1, 40]
        from hidden in Gen.Int[1, 40]
        from layers in Gen.Int[1, 3]
        from bias in Gen.Bool
        from bidirectional in Gen.Bool
        from batchFirst in Gen.Bool
        from projection in Gen.Int[0, hidden - 1]
        from project in Gen.Bool
        from batch in Gen.Int[1, 9]
        from steps in Gen.Int[1, 8]
        from seed in Gen.Int[0, 1_000_000]
        select (new LstmShape
        {
            InputSize = input,
            HiddenSize = hidden,
            NumLayers = layers,
            Bias = bias,
            Bidirectional = bidirectional,
            BatchFirst = batchFirst,
            ProjSize = project ? projection : 0,
        }, batch, steps, seed);

    [Fact]
    public void Forward_AnyShape_EqualsDoubleReference() => GenCase.Sample(test =>
    {
        var (shape, batch, steps, seed) = test;
        var parameters = RandomModels.Create(shape, seed);
        var random = new Random(seed);
        int[] lengths = [.. Enumerable.Range(0, batch).Select(_ => random.Next(1, steps + 1))];
        float[] x = RandomModels.Values(batch * steps * shape.InputSize, seed + 1, 2);
        float[] h0 = RandomModels.Values(batch * shape.HiddenLength, seed + 2);
        float[] c0 = RandomModels.Values(batch * shape.CellLength, seed + 3);

        int layers = shape.NumLayers * shape.Directions;
        var h = Cube(h0, layers, batch, shape.StateSize);
        var c = Cube(c0, layers, batch, shape.HiddenSize);
        var expected = ReferenceLstm.Forward(parameters, Cube(x, batch, steps, shape.InputSize), lengths, h, c);

        float[] output = new float[batch * steps * shape.OutputSize];
        new LstmModel(parameters).Forward(x, batch, steps, lengths, batchFirst: true, output, h0, c0);
        LstmAssert.Close(Flat(expected), output, "output");
        LstmAssert.Close(Flat(h), h0, "h_n");
        LstmAssert.Close(Flat(c), c0, "c_n");
    }, iter: 300);

    private static double[,,] Cube(float[] values, int a, int b, int c)
    {
        var cube = new double[a, b, c];
        for (int index = 0; index < values.Length; index++)
            cube[index / (b * c), index / c % b, index % c] = values[index];
        return cube;
    }

    private static double[] Flat(double[,,] cube) => [.. cube.Cast<double>()];
}
