using CsCheck;
using LstmOrleans.Numerics.Kernels;

namespace LstmOrleans.Numerics.Tests;

/// <summary>Decision: one chain, one answer. A step, a row of a micro-batch and a full sequence give the same bits.</summary>
public class OneChainTests
{
    private static readonly Gen<(LstmShape Shape, int Steps, int Seed)> GenStreamable =
        from input in Gen.Int[1, 40]
        from hidden in Gen.Int[1, 70]
        from layers in Gen.Int[1, 3]
        from bias in Gen.Bool
        from projection in Gen.Int[0, hidden - 1]
        from steps in Gen.Int[1, 20]
        from seed in Gen.Int[0, 1_000_000]
        select (new LstmShape { InputSize = input, HiddenSize = hidden, NumLayers = layers, Bias = bias, ProjSize = projection }, steps, seed);

    [Fact]
    public void Steps_EqualOneForward() => GenStreamable.Sample(test =>
    {
        var (shape, steps, seed) = test;
        var model = new LstmModel(RandomModels.Create(shape, seed, scaling: new InputScaling(
            RandomModels.Values(shape.InputSize, seed + 5), RandomModels.Values(shape.InputSize, seed + 6))));
        float[] x = RandomModels.Values(steps * shape.InputSize, seed + 1, 3);
        float[] expected = new float[steps * shape.OutputSize], h = new float[shape.HiddenLength], c = new float[shape.CellLength];
        model.Forward(x, 1, steps, [], true, expected, h, c);

        var state = new LstmState(shape);
        float[] actual = new float[expected.Length];
        for (int t = 0; t < steps; t++)
            model.Step(x.AsSpan(t * shape.InputSize, shape.InputSize), state, actual.AsSpan(t * shape.OutputSize, shape.OutputSize));

        LstmAssert.BitEqual(expected, actual, "output");
        LstmAssert.BitEqual(h, state.H, "h_n");
        LstmAssert.BitEqual(c, state.C, "c_n");
    }, iter: 300);

    [Fact]
    public void RowsOfAnyBatch_EqualLoneSteps()
    {
        var shape = new LstmShape { InputSize = 9, HiddenSize = 37, NumLayers = 2, ProjSize = 11 };
        var model = new LstmModel(RandomModels.Create(shape, 20261123));
        for (int rows = 1; rows <= 70; rows++)
        {
            float[] x = RandomModels.Values(rows * shape.InputSize, rows);
            LstmState[] lone = new LstmState[rows], together = new LstmState[rows];
            float[] expected = new float[rows * shape.OutputSize], actual = new float[expected.Length];
            for (int row = 0; row < rows; row++)
            {
                (lone[row], together[row]) = (new LstmState(shape), new LstmState(shape));
                RandomModels.Values(shape.HiddenLength, rows + row).CopyTo(lone[row].H, 0);
                RandomModels.Values(shape.CellLength, rows + row).CopyTo(lone[row].C, 0);
                together[row].CopyFrom(lone[row]);
                model.Step(x.AsSpan(row * shape.InputSize, shape.InputSize), lone[row], expected.AsSpan(row * shape.OutputSize, shape.OutputSize));
            }

            model.StepBatch(together, x, actual);
            LstmAssert.BitEqual(expected, actual, $"output at B = {rows}");
            for (int row = 0; row < rows; row++)
                LstmAssert.BitEqual(lone[row].C, together[row].C, $"c of row {row} at B = {rows}");
        }
    }

    [Fact]
    public void AnyLaneWidth_SameBits() => GenStreamable.Sample(test =>
    {
        var (shape, steps, seed) = test;
        var parameters = RandomModels.Create(shape, seed);
        float[] x = RandomModels.Values(3 * steps * shape.InputSize, seed + 1, 3);
        float[] expected = Run(LstmNetwork.Create<LaneScalar>);
        LstmAssert.BitEqual(expected, Run(LstmNetwork.Create<Lane128>), "4 lanes");
        LstmAssert.BitEqual(expected, Run(LstmNetwork.Create<Lane256>), "8 lanes");
        LstmAssert.BitEqual(expected, Run(LstmNetwork.Create<Lane512>), "16 lanes");

        float[] Run(Func<LstmParameters, LstmNetwork> network)
        {
            float[] output = new float[3 * steps * shape.OutputSize];
            new LstmModel(parameters, network).Forward(x, 3, steps, [], true, output, new float[3 * shape.HiddenLength], new float[3 * shape.CellLength]);
            return output;
        }
    }, iter: 50);

    [Fact]
    public void Step_AllocatesNothing()
    {
        var shape = new LstmShape { InputSize = 32, HiddenSize = 64, NumLayers = 2 };
        var model = new LstmModel(RandomModels.Create(shape, 1, new LinearHead(new float[8 * 64], null, 8), new InputScaling(new float[32], new float[32])));
        var state = new LstmState(shape);
        float[] x = RandomModels.Values(32, 2), output = new float[64], answer = new float[8];
        for (int warmUp = 0; warmUp < 3; warmUp++)
            model.Step(x, state, output);
        model.Answer(output, answer);

        Assert.Equal(0, Allocated.Least(() =>
        {
            for (int step = 0; step < 1000; step++)
            {
                model.Step(x, state, output);
                model.Answer(output, answer);
            }
        }));
    }

    [Fact]
    public void Forward_AllocatesOnlyWhatItReturns()
    {
        var shape = new LstmShape { InputSize = 9, HiddenSize = 20, NumLayers = 3, Bidirectional = true, ProjSize = 7, BatchFirst = true };
        var model = new LstmModel(RandomModels.Create(shape, 1, scaling: new InputScaling(new float[9], new float[9])));
        float[] x = RandomModels.Values(5 * 11 * 9, 2), output = new float[5 * 11 * shape.OutputSize];
        float[] h = new float[5 * shape.HiddenLength], c = new float[5 * shape.CellLength];
        int[] lengths = [3, 11, 1, 8, 11];
        var tensor = System.Numerics.Tensors.Tensor.Create(x, [5, 11, 9]);
        for (int warmUp = 0; warmUp < 3; warmUp++)
        {
            model.Forward(x, 5, 11, lengths, true, output, h, c);
            model.Forward(tensor, lengths: lengths);
        }

        Assert.Equal(0, Allocated.Least(() => model.Forward(x, 5, 11, lengths, true, output, h, c)));

        var result = model.Forward(tensor, lengths: lengths);
        long allocated = Allocated.Least(() => model.Forward(tensor, lengths: lengths));
        long returned = sizeof(float) * (result.Output.FlattenedLength + result.HN.FlattenedLength + result.CN.FlattenedLength);
        Assert.InRange(allocated, returned, returned + 1024); // three tensors and their shapes
    }

    [Fact]
    public void Step_BidirectionalModel_IsRefused()
    {
        var shape = new LstmShape { InputSize = 2, HiddenSize = 3, Bidirectional = true };
        var model = new LstmModel(RandomModels.Create(shape, 1));
        var error = Assert.Throws<InvalidOperationException>(() => model.Step(new float[2], new LstmState(shape), new float[6]));
        Assert.Contains("bidirectional", error.Message, StringComparison.Ordinal);
    }
}
