namespace LstmOrleans.Numerics.Tests;

/// <summary>Comparisons that print the first bad index, both values and the worst error.</summary>
internal static class LstmAssert
{
    /// <summary>The tolerance of every comparison with another implementation.</summary>
    public const double AbsoluteTolerance = Benchmarks.Vectors.VectorCheck.Tolerance;

    public static void BitEqual(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: {actual.Length} values, expected {expected.Length}.");
        for (int index = 0; index < expected.Length; index++)
        {
            // A NaN counts as a NaN, whatever its payload.
            bool equal = BitConverter.SingleToInt32Bits(expected[index]) == BitConverter.SingleToInt32Bits(actual[index])
                || (float.IsNaN(expected[index]) && float.IsNaN(actual[index]));
            Assert.True(equal, $"{what}: [{index}] is {actual[index]:R}, expected exactly {expected[index]:R}.");
        }
    }

    public static void Close(ReadOnlySpan<double> expected, ReadOnlySpan<float> actual, string what, double tolerance = AbsoluteTolerance)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: {actual.Length} values, expected {expected.Length}.");
        int worst = 0;
        double worstError = 0;
        for (int index = 0; index < expected.Length; index++)
        {
            double error = Math.Abs(expected[index] - actual[index]);
            if (!(error <= worstError))
                (worst, worstError) = (index, error);
        }

        Assert.True(worstError <= tolerance,
            $"{what}: worst error {worstError:g3} at [{worst}]: {actual[worst]:R}, expected {expected[worst]:R}; tolerance {tolerance:g1}.");
    }
}
