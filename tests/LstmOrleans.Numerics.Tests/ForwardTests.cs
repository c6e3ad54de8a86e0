using System.Numerics.Tensors;
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

    [Fact]
    public void Forward_TimeFirst_EqualsBatchFirstBits() => GenCase.Sample(test =>
    {
        var (shape, batch, steps, seed) = test;
        var parameters = RandomModels.Create(shape with { BatchFirst = false }, seed);
        var timeFirst = new LstmModel(parameters);
        var batchFirst = new LstmModel(parameters with { Shape = shape with { BatchFirst = true } });
        float[] x = RandomModels.Values(batch * steps * shape.InputSize, seed);
        var a = batchFirst.Forward(Tensor.Create(x, [batch, steps, shape.InputSize]));
        var transposed = Tensor.PermuteDimensions<float>(Tensor.Create(x, [batch, steps, shape.InputSize]), [1, 0, 2]);
        var b = timeFirst.Forward(Tensor.Create(Flatten(transposed), [steps, batch, shape.InputSize]));
        LstmAssert.BitEqual(Flatten(Tensor.PermuteDimensions<float>(a.Output, [1, 0, 2])), Flatten(b.Output), "output");
        LstmAssert.BitEqual(Flatten(a.HN), Flatten(b.HN), "h_n");
        LstmAssert.BitEqual(Flatten(a.CN), Flatten(b.CN), "c_n");
    }, iter: 50);

    [Fact]
    public void Forward_UnbatchedInput_EqualsBatchOfOne()
    {
        var shape = new LstmShape { InputSize = 5, HiddenSize = 7, Bidirectional = true };
        var model = new LstmModel(RandomModels.Create(shape, 1));
        float[] x = RandomModels.Values(6 * 5, 2);
        var unbatched = model.Forward(Tensor.Create(x, [6, 5]));
        var batched = model.Forward(Tensor.Create(x, [6, 1, 5]));
        Assert.Equal([6, 14], unbatched.Output.Lengths.ToArray());
        Assert.Equal([2, 7], unbatched.HN.Lengths.ToArray());
        LstmAssert.BitEqual(Flatten(batched.Output), Flatten(unbatched.Output), "output");
    }

    [Theory]
    [InlineData(0, "lengths[1] is 0")]
    [InlineData(4, "lengths[1] is 4")]
    public void Forward_LengthOutOfRange_NamesIt(int length, string message)
    {
        var model = new LstmModel(RandomModels.Create(new LstmShape { InputSize = 2, HiddenSize = 3 }, 1));
        var x = Tensor.Create(new float[3 * 2 * 2], [3, 2, 2]);
        var error = Assert.Throws<ArgumentException>(() => model.Forward(x, lengths: [1, length]));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_WrongFeatureCount_NamesBoth()
    {
        var model = new LstmModel(RandomModels.Create(new LstmShape { InputSize = 2, HiddenSize = 3 }, 1));
        var error = Assert.Throws<ArgumentException>(() => model.Forward(Tensor.Create(new float[12], [2, 2, 3])));
        Assert.Contains("x has 3 features; the model has input_size = 2", error.Message, StringComparison.Ordinal);
    }

    private static double[,,] Cube(float[] values, int a, int b, int c)
    {
        var cube = new double[a, b, c];
        for (int index = 0; index < values.Length; index++)
            cube[index / (b * c), index / c % b, index % c] = values[index];
        return cube;
    }

    private static double[] Flat(double[,,] cube) => [.. cube.Cast<double>()];

    private static float[] Flatten(Tensor<float> tensor)
    {
        float[] values = new float[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }
}
