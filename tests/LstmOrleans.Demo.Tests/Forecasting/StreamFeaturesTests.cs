using CsCheck;
using LstmOrleans.Forecasting;

namespace LstmOrleans.Demo.Tests.Forecasting;

public sealed class StreamFeaturesTests
{
    [Fact]
    public void Next_AnyValues_FollowsTheDefinition()
    {
        var values = ForecastingGen.Stream(2500, seed: 3);
        double mean = values[0], variance = 0, changeMean = 0, changeVariance = 0;
        var features = default(StreamFeatures);
        for (var t = 0; t < values.Length; t++)
        {
            var w = 1 / Math.Min(t + 1.0, 2000);
            var change = t == 0 ? 0 : values[t] - values[t - 1];
            (var d, var dc) = (values[t] - mean, change - changeMean);
            (mean, variance) = (mean + w * d, (1 - w) * (variance + w * d * d));
            (changeMean, changeVariance) = (changeMean + w * dc, (1 - w) * (changeVariance + w * dc * dc));
            var s = Math.Max(Math.Sqrt(variance), 1e-3 * Math.Abs(mean) + 1e-9);

            features = features.Next(values[t]);

            Assert.Equal(t + 1, features.Rows);
            Assert.Equal(mean, features.Mean, 1e-9);
            Assert.Equal(s, features.Deviation, 1e-9);
            Assert.Equal(Math.Asinh((values[t] - mean) / s), features.Standing, 1e-6);
            Assert.Equal(Math.Asinh(change / (Math.Sqrt(changeVariance) + 1e-3 * s)), features.Change, 1e-6);
        }
    }

    [Fact]
    public void Next_FirstRows_AreMeanAndPopulationDeviation()
    {
        var features = default(StreamFeatures).Next(2).Next(4).Next(9);

        Assert.Equal(5, features.Mean, 1e-12);
        Assert.Equal(Math.Sqrt((9 + 1 + 16) / 3.0), features.Deviation, 1e-12);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-17.25)]
    [InlineData(3e12)]
    public void WriteInputs_ConstantStream_AreZero(double value)
    {
        var features = default(StreamFeatures);
        Span<float> inputs = [1, 1];
        for (var row = 0; row < 50; row++)
            features = features.Next(value);

        features.WriteInputs(inputs);

        Assert.Equal([0, 0], inputs.ToArray());
    }

    [Fact]
    public void WriteInputs_AnyFiniteValues_AreFiniteAndSmall() =>
        Gen.Select(Gen.Double[-1, 1], Gen.Int[-100, 100]).Array[1, 60].Sample(rows =>
        {
            var features = default(StreamFeatures);
            var inputs = new float[2];
            foreach (var (digits, exponent) in rows)
            {
                features = features.Next(digits * Math.Pow(10, exponent));
                features.WriteInputs(inputs);
                // asinh of the largest quotient there is: a step of 1e100 over a deviation of 1e-9.
                Assert.All(inputs, input => Assert.InRange(input, -260, 260));
            }
        });

    [Fact]
    public void Read_WrittenAnywhere_GoesOnWithTheSameBits() =>
        Gen.Select(Gen.Int[0, 300], Gen.Int[0, 1000]).Sample((split, seed) =>
        {
            var values = ForecastingGen.Stream(300, seed);
            var whole = default(StreamFeatures);
            var resumed = default(StreamFeatures);
            Span<byte> bytes = stackalloc byte[StreamFeatures.StateBytes];
            for (var row = 0; row < values.Length; row++)
            {
                if (row == split)
                {
                    resumed.Write(bytes);
                    resumed = StreamFeatures.Read(bytes);
                }

                whole = whole.Next(values[row]);
                resumed = resumed.Next(values[row]);
                Assert.Equal(whole, resumed);
            }
        });

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-1.1e100)]
    public void Next_NoUsableNumber_NamesRowValueAndRemedy(double value)
    {
        var features = default(StreamFeatures).Next(1).Next(2);

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => features.Next(value));

        Assert.Contains("Row 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("Fill gaps", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OtherFormatOrCutOff_IsRefused()
    {
        var bytes = new byte[StreamFeatures.StateBytes];
        default(StreamFeatures).Next(1).Write(bytes);

        Assert.Contains("59 were found", Refused(bytes[..59]), StringComparison.Ordinal);
        Assert.Contains("format 2", Refused([2, .. bytes[1..]]), StringComparison.Ordinal);
    }

    private static string Refused(byte[] bytes) => Assert.Throws<InvalidDataException>(() => StreamFeatures.Read(bytes)).Message;
}
