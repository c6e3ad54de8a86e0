using CsCheck;
using LstmOrleans.Forecasting;

namespace LstmOrleans.Demo.Tests.Forecasting;

public sealed class PortableMathTests
{
    // Both functions and the library's are within a few ULP of the truth.
    private const double Tolerance = 1e-15;

    [Fact]
    public void Asinh_AnySize_IsTheLibrarysWithinRounding() =>
        Gen.Select(Gen.Double[1, 10], Gen.Int[-300, 140], Gen.Bool).Sample((digits, exponent, negative) =>
        {
            var x = (negative ? -1 : 1) * digits * Math.Pow(10, exponent);
            Assert.Equal(1, PortableMath.Asinh(x) / Math.Asinh(x), Tolerance);
        });

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.41421356237309503)]
    [InlineData(0.35)]
    [InlineData(1e154)]
    public void Asinh_NegativeArgument_IsTheNegative(double x)
    {
        Assert.Equal(-PortableMath.Asinh(x), PortableMath.Asinh(-x));
        Assert.Equal(Math.Asinh(x), PortableMath.Asinh(x), Math.Max(1, Math.Asinh(x)) * Tolerance);
    }

    [Fact]
    public void Exp_RangeOfSpreads_IsTheLibrarysWithinRounding() =>
        Gen.Double[-100, 100].Sample(x => Assert.Equal(1, PortableMath.Exp(x) / Math.Exp(x), Tolerance));
}
