namespace LstmOrleans.Numerics.Tests;

/// <summary>Dropout acts between layers, in training mode only, and keeps the expectation.</summary>
public class DropoutTests
{
    private static readonly LstmShape Shape = new() { InputSize = 4, HiddenSize = 16, NumLayers = 3, Dropout = 0.3, Bidirectional = true };

    [Fact]
    public void Inference_NeverDrops() =>
        LstmAssert.BitEqual(Run(Shape with { Dropout = 0 }, new ForwardOptions()), Run(Shape, new ForwardOptions { DropoutSeed = 5 }), "output");

    [Fact]
    public void Training_SameSeedSameBits_OnAnyThreads_OtherSeedOtherBits()
    {
        float[] first = Run(Shape, new ForwardOptions { Training = true, DropoutSeed = 5 });
        LstmAssert.BitEqual(first, Run(Shape, new ForwardOptions { Training = true, DropoutSeed = 5, Threads = 3 }), "same seed");
        Assert.NotEqual(first, Run(Shape, new ForwardOptions { Training = true, DropoutSeed = 6 }));
        Assert.NotEqual(first, Run(Shape, new ForwardOptions()));
    }

    [Fact]
    public void OneLayer_HasNothingBetweenLayersToDrop() =>
        LstmAssert.BitEqual(Run(Shape with { NumLayers = 1 }, new ForwardOptions()), Run(Shape with { NumLayers = 1 }, new ForwardOptions { Training = true }), "output");

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Mask_KeepsTheExpectation_AndDropsTheShare(double probability)
    {
        float[] values = [.. Enumerable.Repeat(1f, 200_000)];
        Kernels.Dropout.Apply(values, probability, seed: 20261123, layer: 1);
        Assert.InRange(values.Count(value => value == 0) / 200_000.0, probability - 0.005, probability + 0.005);
        Assert.InRange(values.Average(), 0.97, 1.03);
        Assert.All(values, value => Assert.True(value == 0 || value == (float)(1 / (1 - probability))));
    }

    [Fact]
    public void Mask_ProbabilityOne_DropsAll()
    {
        float[] values = [1, 2, 3];
        Kernels.Dropout.Apply(values, 1, 1, 0);
        Assert.Equal([0f, 0f, 0f], values);
    }

    private static float[] Run(LstmShape shape, ForwardOptions options)
    {
        float[] output = new float[2 * 5 * shape.OutputSize];
        new LstmModel(RandomModels.Create(shape, 3)).Forward(
            RandomModels.Values(2 * 5 * 4, 4), 2, 5, [], true, output, new float[2 * shape.HiddenLength], new float[2 * shape.CellLength], options);
        return output;
    }
}
