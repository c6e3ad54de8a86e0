using System.Globalization;
using LstmOrleans.Recording.Sampling;

namespace LstmOrleans.Client.Tests.Recording;

public class NumberTextTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "1")]
    [InlineData(99.999999, "100")]
    [InlineData(23833.4567, "23833")]
    [InlineData(3.14159265, "3.1416")]
    [InlineData(0.000049, "0")]
    [InlineData(0.00012345, "0.0001")]
    [InlineData(-2.5, "-2.5")]
    [InlineData(1234567, "1234600")]
    [InlineData(9.87654321e12, "9876500000000")]
    [InlineData(double.NaN, "")]
    [InlineData(double.PositiveInfinity, "")]
    public void Of_Value_HasFiveDigitsAndNoExponent(double value, string text) => Assert.Equal(text, NumberText.Of(value));

    [Fact]
    public void Of_RandomValues_AreReadBackWithinFiveDigits()
    {
        var random = new Random(5);
        for (var i = 0; i < 10_000; i++)
        {
            var value = Math.Pow(10, random.NextDouble() * 12 - 1);
            var back = double.Parse(NumberText.Of(value), CultureInfo.InvariantCulture);
            Assert.True(Math.Abs(back - value) <= 0.5001e-4 * Math.Max(1, value), $"{value} became {back}");
        }
    }
}
