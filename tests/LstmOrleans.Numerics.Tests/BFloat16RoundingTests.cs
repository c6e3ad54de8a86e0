using CsCheck;

namespace LstmOrleans.Numerics.Tests;

public class BFloat16RoundingTests
{
    /// <summary>The largest bfloat16.</summary>
    private const uint Largest = 0x7F7F_0000;

    [Fact]
    public void Round_EveryBFloat16_StaysWhatItIs()
    {
        for (uint upper = 0; upper <= 0xFFFF; upper++)
        {
            float value = BitConverter.UInt32BitsToSingle(upper << 16);
            Assert.True(BFloat16Rounding.IsExact(value));
            if (float.IsFinite(value))
                Assert.Equal(upper << 16, RoundBits(upper << 16));
        }
    }

    [Theory]
    [InlineData(0x3F80_0001u, 0x3F80_0000u)]
    [InlineData(0x3F80_7FFFu, 0x3F80_0000u)]
    [InlineData(0x3F80_8000u, 0x3F80_0000u)] // tie, even below
    [InlineData(0x3F80_8001u, 0x3F81_0000u)]
    [InlineData(0x3F81_7FFFu, 0x3F81_0000u)]
    [InlineData(0x3F81_8000u, 0x3F82_0000u)] // tie, odd below
    [InlineData(0x3FFF_8000u, 0x4000_0000u)] // into the next exponent
    [InlineData(0x0000_8000u, 0x0000_0000u)] // tie of subnormals
    [InlineData(0x0000_8001u, 0x0001_0000u)]
    [InlineData(0x0001_8000u, 0x0002_0000u)]
    [InlineData(0x007F_8000u, 0x0080_0000u)] // subnormal to normal
    [InlineData(0x7F7F_7FFFu, Largest)]
    public void Round_GivesTheNearest_TiesToEven_OnBothSidesOfZero(uint bits, uint expected)
    {
        const uint Sign = 0x8000_0000;
        Assert.False(BFloat16Rounding.IsExact(BitConverter.UInt32BitsToSingle(bits)));
        Assert.Equal(expected, RoundBits(bits));
        Assert.Equal(expected | Sign, RoundBits(bits | Sign));
    }

    [Fact]
    public void Round_AnyFloat_IsTheNearerNeighbour() => Gen.UInt[0, Largest].Sample(bits =>
    {
        uint below = bits & 0xFFFF_0000, above = below + 0x1_0000;
        // Double holds both distances exactly.
        double value = BitConverter.UInt32BitsToSingle(bits);
        double down = value - BitConverter.UInt32BitsToSingle(below), up = BitConverter.UInt32BitsToSingle(above) - value;
        bool aboveIsEven = (above >> 16) % 2 == 0;
        Assert.Equal(up < down || (up == down && aboveIsEven) ? above : below, RoundBits(bits));
    }, iter: 100_000);

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(float.MaxValue)]
    [InlineData(float.MinValue)]
    public void Round_WithoutAFiniteResult_IsRefused(float value) =>
        Assert.Contains("cannot be rounded to bfloat16", Assert.Throws<ArgumentOutOfRangeException>(() => BFloat16Rounding.Round(value)).Message, StringComparison.Ordinal);

    [Fact]
    public void Round_TieAboveTheLargest_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BFloat16Rounding.Round(BitConverter.UInt32BitsToSingle(Largest + 0x8000)));

    [Fact]
    public void WithPrecision_RoundsEveryWeight_AndNothingElse()
    {
        var model = Full();
        var before = Full();

        var rounded = model.WithPrecision(WeightPrecision.BFloat16);

        var expected = before with
        {
            Precision = WeightPrecision.BFloat16,
            Layers = [.. before.Layers.Select(layer => layer with
            {
                WeightIh = Array.ConvertAll(layer.WeightIh, BFloat16Rounding.Round),
                WeightHh = Array.ConvertAll(layer.WeightHh, BFloat16Rounding.Round),
                WeightHr = Array.ConvertAll(layer.WeightHr!, BFloat16Rounding.Round),
            })],
            Head = before.Head! with { Weight = Array.ConvertAll(before.Head.Weight, BFloat16Rounding.Round) },
        };
        ModelFile.ModelAssert.BitEqual(expected, rounded);
        ModelFile.ModelAssert.BitEqual(before, model);
        Assert.NotEqual(model.Layers[0].WeightIh, rounded.Layers[0].WeightIh);
        ModelFile.ModelAssert.BitEqual(rounded, rounded.WithPrecision(WeightPrecision.BFloat16));
        ModelFile.ModelAssert.BitEqual(expected with { Precision = WeightPrecision.Float32 }, rounded.WithPrecision(WeightPrecision.Float32));
        Assert.Equal(WeightPrecision.BFloat16, new LstmModel(rounded).Precision);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(-3.4e38f)]
    public void WithPrecision_WeightThatCannotBeRounded_IsNamed(float value)
    {
        var model = Full();
        model.Layers[3].WeightHr![1] = value;
        var refusal = Assert.Throws<ArgumentException>(() => model.WithPrecision(WeightPrecision.BFloat16));
        Assert.Contains("'weight_hr_l1_reverse' at index 1: ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithPrecision_LargeBias_IsNotRounded()
    {
        var model = Full();
        model.Layers[0].BiasIh![0] = float.MaxValue;
        Assert.Equal(float.MaxValue, model.WithPrecision(WeightPrecision.BFloat16).Layers[0].BiasIh![0]);
    }

    [Fact]
    public void WithPrecision_Unknown_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => Full().WithPrecision((WeightPrecision)2));

    [Fact]
    public void Model_OfWeightsThatAreNotRounded_IsRefusedWithTheRemedy()
    {
        var model = Full();
        model.Layers[0].WeightHh[2] = 0.1f;
        var refusal = Assert.Throws<ArgumentException>(() => new LstmModel(model.WithPrecision(WeightPrecision.BFloat16) with { Layers = model.Layers }));
        Assert.Contains("'weight_ih_l0' has ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Round them with WithPrecision(WeightPrecision.BFloat16)", refusal.Message, StringComparison.Ordinal);
    }

    private static uint RoundBits(uint bits) => BitConverter.SingleToUInt32Bits(BFloat16Rounding.Round(BitConverter.UInt32BitsToSingle(bits)));

    // Uniform values, so that nearly none is a bfloat16.
    private static LstmParameters Full()
    {
        var shape = new LstmShape { InputSize = 2, HiddenSize = 3, NumLayers = 2, Bidirectional = true, ProjSize = 1 };
        var random = new Random(4);
        var layers = Enumerable.Range(0, 4).Select(i => new LayerParameters(
            Values(12 * shape.LayerInputSize(i / 2)), Values(12), Values(12), Values(12), Values(3))).ToArray();
        return new LstmParameters(shape, layers, new InputScaling(Values(2), Values(2)), new LinearHead(Values(4), Values(2), 2));

        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }
}
