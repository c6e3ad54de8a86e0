namespace LstmOrleans.Numerics.Tests;

/// <summary>A step computed anew with its gates: the bits of the step, in every shape, and gates that explain them.</summary>
public class WatchedStepTests
{
    public static TheoryData<int, int, int, int, bool, WeightPrecision> Shapes => new()
    {
        { 1, 1, 1, 0, true, WeightPrecision.Float32 },
        { 3, 5, 2, 0, true, WeightPrecision.Float32 },
        { 2, 48, 1, 0, true, WeightPrecision.Float32 },
        { 7, 33, 3, 0, false, WeightPrecision.Float32 },
        { 9, 40, 1, 13, true, WeightPrecision.Float32 },
        { 4, 70, 3, 67, true, WeightPrecision.Float32 },
        { 5, 130, 2, 0, true, WeightPrecision.BFloat16 },
        { 6, 21, 2, 5, true, WeightPrecision.BFloat16 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void WatchedStep_GivesTheBitsOfTheStep_AndTheGatesGiveItsCells(int inputSize, int hiddenSize, int layers, int projection, bool bias, WeightPrecision precision)
    {
        var shape = new LstmShape { InputSize = inputSize, HiddenSize = hiddenSize, NumLayers = layers, ProjSize = projection, Bias = bias };
        var scaling = new InputScaling(RandomModels.Values(inputSize, 5), RandomModels.Values(inputSize, 6));
        var parameters = RandomModels.Create(shape, 3, scaling: scaling);
        var model = new LstmModel(parameters.WithPrecision(precision));
        LstmState state = Started(shape), watched = Started(shape);
        float[] output = new float[shape.OutputSize], gates = new float[model.GatesLength], x = RandomModels.Values(inputSize * 20, 7, 3);
        for (int step = 0; step < 20; step++)
        {
            var input = x.AsSpan(step * inputSize, inputSize);
            float[] before = [.. state.C];
            model.Step(input, state, output);
            model.StepWatched(input, watched, gates);

            LstmAssert.BitEqual(state.H, watched.H, $"h' of step {step}");
            LstmAssert.BitEqual(state.C, watched.C, $"c' of step {step}");
            for (int unit = 0; unit < layers * hiddenSize; unit++)
            {
                int layer = unit / hiddenSize * 4 * hiddenSize, cell = unit % hiddenSize;
                float i = gates[layer + cell], f = gates[layer + hiddenSize + cell], g = gates[layer + (2 * hiddenSize) + cell], o = gates[layer + (3 * hiddenSize) + cell];
                Assert.Equal(state.C[unit], MathF.FusedMultiplyAdd(f, before[unit], i * g));
                Assert.True(i is > 0 and < 1 && f is > 0 and < 1 && o is > 0 and < 1 && g is > -1 and < 1);
            }
        }
    }

    [Fact]
    public void WatchedStep_InEveryLaneWidth_GivesTheSameGates()
    {
        var shape = new LstmShape { InputSize = 3, HiddenSize = 19, NumLayers = 2 };
        var parameters = RandomModels.Create(shape, 3);
        float[] widest = Gates(new LstmModel(parameters)), scalar = Gates(new LstmModel(parameters, Kernels.LstmNetwork.Create<Kernels.LaneScalar>));
        LstmAssert.BitEqual(widest, scalar, "gates");

        float[] Gates(LstmModel model)
        {
            float[] gates = new float[model.GatesLength];
            model.StepWatched([1, -2, 0.5f], Started(shape), gates);
            return gates;
        }
    }

    [Fact]
    public void WatchedStep_Refused_ChangesNothing()
    {
        var shape = new LstmShape { InputSize = 3, HiddenSize = 5 };
        var model = new LstmModel(RandomModels.Create(shape, 1));
        var state = Started(shape);
        float[] before = [.. state.H, .. state.C];
        Assert.Contains("gates has 19 floats", Assert.Throws<ArgumentException>(() => model.StepWatched([1, 2, 3], state, new float[19])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => model.StepWatched([1, 2], state, new float[20]));
        Assert.Throws<ArgumentException>(() => model.StepWatched([1, 2, 3], new LstmState(new LstmShape { InputSize = 3, HiddenSize = 6 }), new float[20]));
        LstmAssert.BitEqual(before, [.. state.H, .. state.C], "state");

        var both = new LstmModel(RandomModels.Create(shape with { Bidirectional = true }, 1));
        Assert.Throws<InvalidOperationException>(() => both.StepWatched([1, 2, 3], state, new float[40]));
    }

    private static LstmState Started(LstmShape shape) =>
        new(shape, RandomModels.Values(shape.HiddenLength, 11), RandomModels.Values(shape.CellLength, 12));
}
