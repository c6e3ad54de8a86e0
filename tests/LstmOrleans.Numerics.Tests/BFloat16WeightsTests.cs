using CsCheck;
using LstmOrleans.Numerics.Kernels;

namespace LstmOrleans.Numerics.Tests;

/// <summary>bfloat16 weights are widened exactly: the answers have the bits of the same values stored as float32, on every path and width.</summary>
public class BFloat16WeightsTests
{
    private static readonly Gen<(LstmShape Shape, int Batch, int Steps, int Seed)> GenCase =
        from input in Gen.Int[1, 40]
        from hidden in Gen.Int[1, 70]
        from layers in Gen.Int[1, 2]
        from both in Gen.Bool
        from projection in Gen.OneOf(Gen.Const(0), Gen.Int[0, hidden - 1])
        from batch in Gen.Int[1, 12]
        from steps in Gen.Int[1, 12]
        from seed in Gen.Int[0, 1_000_000]
        select (new LstmShape { InputSize = input, HiddenSize = hidden, NumLayers = layers, Bidirectional = both, ProjSize = projection }, batch, steps, seed);

    [Fact]
    public void Forward_EqualsFloat32OfTheSameValues() => GenCase.Sample(test =>
    {
        var (shape, batch, steps, seed) = test;
        var scaling = new InputScaling(RandomModels.Values(shape.InputSize, seed + 4), RandomModels.Values(shape.InputSize, seed + 5));
        var narrow = RandomModels.Create(shape, seed, scaling: scaling).WithPrecision(WeightPrecision.BFloat16);
        var wide = narrow with { Precision = WeightPrecision.Float32 };
        float[] expected = Run(new LstmModel(wide));
        LstmAssert.BitEqual(expected, Run(new LstmModel(narrow)), "widest lanes");
        LstmAssert.BitEqual(expected, Run(new LstmModel(narrow, LstmNetwork.Create<Lane256>)), "8 lanes");
        LstmAssert.BitEqual(expected, Run(new LstmModel(narrow, LstmNetwork.Create<Lane128>)), "4 lanes");
        LstmAssert.BitEqual(expected, Run(new LstmModel(narrow, LstmNetwork.Create<LaneScalar>)), "1 lane");

        float[] Run(LstmModel model)
        {
            float[] output = new float[batch * steps * shape.OutputSize];
            float[] h = RandomModels.Values(batch * shape.HiddenLength, seed + 2), c = RandomModels.Values(batch * shape.CellLength, seed + 3);
            model.Forward(RandomModels.Values(batch * steps * shape.InputSize, seed + 1, 2), batch, steps, [], true, output, h, c);
            return [.. output, .. h, .. c];
        }
    }, iter: 150);

    [Fact]
    public void StepsAndHead_EqualFloat32OfTheSameValues()
    {
        var shape = new LstmShape { InputSize = 7, HiddenSize = 37, NumLayers = 2, ProjSize = 11 };
        var head = new LinearHead(RandomModels.Values(5 * 11, 1), RandomModels.Values(5, 2), 5, HeadActivation.Tanh);
        var narrow = RandomModels.Create(shape, 3, head).WithPrecision(WeightPrecision.BFloat16);
        LstmModel expected = new(narrow with { Precision = WeightPrecision.Float32 }), actual = new(narrow);
        for (int rows = 1; rows <= 20; rows++)
        {
            float[] x = RandomModels.Values(rows * 7, rows), a = new float[rows * 11], b = new float[rows * 11];
            LstmState[] states = [.. Enumerable.Range(0, rows).Select(_ => new LstmState(shape))], others = [.. states.Select(_ => new LstmState(shape))];
            expected.StepBatch(states, x, a);
            actual.StepBatch(others, x, b);
            LstmAssert.BitEqual(a, b, $"B = {rows}");
            float[] answer = new float[5], other = new float[5];
            expected.Answer(a.AsSpan(0, 11), answer);
            actual.Answer(b.AsSpan(0, 11), other);
            LstmAssert.BitEqual(answer, other, "head");
        }
    }
}
