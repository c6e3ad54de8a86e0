using LstmOrleans.Numerics.Kernels;

namespace LstmOrleans.Numerics.Tests;

public class ActivationsTests
{
    /// <summary>4 ULP where the true value is normal; below 2^-126 an absolute error of at most 2^-126.</summary>
    private const double MaxUlp = 4;

    /// <summary>Every 4,097th of all 2^32 floats; LSTM_EXHAUSTIVE=1 takes each of them (minutes).</summary>
    private static readonly uint Stride = Environment.GetEnvironmentVariable("LSTM_EXHAUSTIVE") == "1" ? 1u : 4097u;

    [Fact]
    public void Sigmoid_AllFloats_WithinFourUlp() => Check("sigmoid", Sigmoid, x => 1 / (1 + Math.Exp(-x)));

    [Fact]
    public void Tanh_AllFloats_WithinFourUlp() => Check("tanh", Tanh, Math.Tanh);

    [Theory]
    [InlineData(0f, 0.5f, 0f)]
    [InlineData(float.PositiveInfinity, 1f, 1f)]
    [InlineData(float.NegativeInfinity, 0f, -1f)]
    [InlineData(100f, 1f, 1f)]
    [InlineData(-100f, 0f, -1f)]
    [InlineData(float.MaxValue, 1f, 1f)]
    [InlineData(float.NaN, float.NaN, float.NaN)]
    public void Activations_EdgeValues_AreExact(float x, float sigmoid, float tanh)
    {
        Assert.Equal(sigmoid, Sigmoid(x));
        Assert.Equal(tanh, Tanh(x));
        Assert.Equal(BitConverter.SingleToInt32Bits(-0f), BitConverter.SingleToInt32Bits(Tanh(-0f)));
    }

    private static void Check(string name, Func<float, float> actual, Func<double, double> exact)
    {
        double worst = 0;
        float worstAt = 0;
        for (ulong bits = 0; bits <= uint.MaxValue; bits += Stride)
        {
            float x = BitConverter.UInt32BitsToSingle((uint)bits);
            if (float.IsNaN(x))
                continue;
            double expected = exact(x);
            double error = Math.Abs(actual(x) - expected);
            if (Math.Abs(expected) < Math.ScaleB(1, -126))
            {
                Assert.True(error <= Math.ScaleB(1, -126), $"{name}({x:R}) = {actual(x):R}, exactly {expected:R}.");
                continue;
            }

            double ulp = Math.ScaleB(1, Math.ILogB(expected) - 23);
            if (error / ulp > worst)
                (worst, worstAt) = (error / ulp, x);
        }

        TestContext.Current.SendDiagnosticMessage($"{name}: at most {worst:f2} ULP, at {worstAt:R}");
        Assert.True(worst <= MaxUlp, $"{name} is off by {worst:f2} ULP at {worstAt:R}; at most {MaxUlp} are allowed.");
    }

    private static float Sigmoid(float x) => Apply(Activations.Sigmoid(LaneScalar.Broadcast(x)));

    private static float Tanh(float x) => Apply(Activations.Tanh(LaneScalar.Broadcast(x)));

    private static float Apply(LaneScalar lane)
    {
        float value = 0;
        LaneScalar.Store(lane, ref value, 0);
        return value;
    }
}
