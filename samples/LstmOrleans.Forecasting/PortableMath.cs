using System.Diagnostics;

namespace LstmOrleans.Forecasting;

/// <summary>asinh and exp as fixed sequences of IEEE operations: the same bits on every machine, unlike a C library's.</summary>
internal static class PortableMath
{
    private const double Ln2High = 6.93147180369123816490e-01; // ln 2 with 21 trailing zero bits, so that k * Ln2High is exact
    private const double Ln2Low = 1.90821492927058770002e-10;
    private const double Log2E = 1.4426950408889634;
    private const double Sqrt2 = 1.4142135623730951;

    private static readonly double[] OddTo21 =
        [1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3];

    private static readonly double[] OneTo13 =
        [1.0 / 13, 1.0 / 12, 1.0 / 11, 1.0 / 10, 1.0 / 9, 1.0 / 8, 1.0 / 7, 1.0 / 6, 1.0 / 5, 1.0 / 4, 1.0 / 3, 1.0 / 2, 1.0];

    // asinh(a) = ln(1 + u) with u = a + a^2 / (1 + sqrt(a^2 + 1)): nothing cancels for small a.
    //   1 + u < sqrt 2:  ln(1 + u) = 2 atanh(u / (u + 2)) directly, so that small results keep all their bits
    //   else:            ln(2^e m) = e ln 2 + 2 atanh((m - 1) / (m + 1)), m in [sqrt 1/2, sqrt 2)
    // Finite while a^2 is, that is up to 1e154. Largest error found against a long computation: 2 ULP.
    public static double Asinh(double x)
    {
        var a = Math.Abs(x);
        var u = a + a * a / (1 + Math.Sqrt(a * a + 1));
        var result = u < Sqrt2 - 1 ? TwiceAtanh(u / (u + 2)) : Log(1 + u);
        return Math.CopySign(result, x);
    }

    // exp(x) = 2^k exp(r), r = x - k ln 2, |r| <= 0.35: the Taylor series to r^13 / 13! leaves 4e-18.
    public static double Exp(double x)
    {
        Debug.Assert(Math.Abs(x) < 700, "2^k must be a normal number.");
        var k = Math.Round(x * Log2E);
        var r = x - k * Ln2High - k * Ln2Low;
        var sum = 1.0;
        foreach (var share in OneTo13)
            sum = 1 + r * share * sum;
        return sum * BitConverter.Int64BitsToDouble((long)(k + 1023) << 52);
    }

    private static double Log(double v)
    {
        var bits = BitConverter.DoubleToInt64Bits(v);
        var exponent = (bits >> 52) - 1023;
        var mantissa = BitConverter.Int64BitsToDouble((bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000);
        if (mantissa > Sqrt2)
        {
            mantissa *= 0.5;
            exponent++;
        }

        return exponent * Ln2High + (exponent * Ln2Low + TwiceAtanh((mantissa - 1) / (mantissa + 1)));
    }

    // 2 (s + s^3/3 + ... + s^21/21); |s| <= 0.172, so the first term left out is below 1e-18 of the sum.
    private static double TwiceAtanh(double s)
    {
        var q = s * s;
        var sum = 0.0;
        foreach (var share in OddTo21)
            sum = sum * q + share;
        return 2 * s + 2 * s * (q * sum);
    }
}
