using System.Runtime.CompilerServices;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>sigmoid and tanh as fixed sequences of single-rounded operations: the same bits in every lane width.</summary>
/// <remarks>
/// Both stand on expm1 of a reduced argument. With n = round(y / ln 2) and r = y - n ln 2, |r| &lt;= 0.3466:
/// <code>
///   p = r + r^2 q(r)  ~=  e^r - 1          q of degree 4, interpolated at Chebyshev nodes; relative error 2.4e-8 = 0.2 ULP
///   e^y     = 2^n p + 2^n                  (one fma)
///   e^y - 1 = 2^n p + (2^n - 1)            (one fma; exact subtraction; for n = 0 it is p itself, so tiny y keep all their bits)
/// </code>
/// ln 2 is split in two floats so that the product n * Ln2High is exact.
/// sigmoid(x) with e = e^-|x| is 1 / (1 + e) for x &gt;= 0 and e / (1 + e) for x &lt; 0: no cancellation on either side.
/// tanh(|x|) with m = e^(-2|x|) - 1 is -m / (m + 2); the sign is put back at the end, so tanh(-0) = -0.
/// Edges: sigmoid(0) = 0.5 and tanh(0) = 0 exactly; sigmoid is 0 below -87.3 (true value under 2^-126) and 1 from 17 on; tanh is +-1
/// beyond 10; a NaN stays a NaN. Measured over all 2^32 floats against double precision: sigmoid at most 2.83 ULP (at -1.954), tanh at most 2.50 ULP (at 4.505).
/// ActivationsTests measures a sample, or with LSTM_EXHAUSTIVE=1 every float.
/// </remarks>
internal static class Activations
{
    private const float Log2E = 1.442695021629333f;
    private const float Ln2High = 0.693145751953125f;
    private const float Ln2Low = 1.428606765330187e-06f;

    /// <summary>1.5 * 2^23: adding it rounds to an integer, which then stands in the low bits.</summary>
    private const float RoundingShift = 12582912f;

    /// <summary>e^-87.3365 is 2^-126, the smallest normal float.</summary>
    private const float SmallestExponent = 87.33654f;

    private const float Q0 = 0.5f;
    private const float Q1 = 0.16666577756404877f;
    private const float Q2 = 0.041666556149721146f;
    private const float Q3 = 0.00836317427456379f;
    private const float Q4 = 0.0013926177052780986f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Sigmoid<TLane>(TLane x) where TLane : struct, ILane<TLane>
    {
        var one = TLane.Broadcast(1f);
        var zero = TLane.Broadcast(0f);
        var magnitude = TLane.Abs(x);
        var p = ReducedExpM1(TLane.Subtract(zero, magnitude), out var scale);
        var e = TLane.Fma(scale, p, scale);
        e = TLane.IfGreater(magnitude, TLane.Broadcast(SmallestExponent), zero, e);
        var positive = TLane.Divide(one, TLane.Add(one, e));
        return TLane.IfGreater(zero, x, TLane.Multiply(e, positive), positive);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLane Tanh<TLane>(TLane x) where TLane : struct, ILane<TLane>
    {
        var ten = TLane.Broadcast(10f);
        var magnitude = TLane.Abs(x);
        magnitude = TLane.IfGreater(magnitude, ten, ten, magnitude);
        var p = ReducedExpM1(TLane.Multiply(TLane.Broadcast(-2f), magnitude), out var scale);
        var m = TLane.Fma(scale, p, TLane.Subtract(scale, TLane.Broadcast(1f)));
        return TLane.CopySign(TLane.Divide(m, TLane.Add(m, TLane.Broadcast(2f))), x);
    }

    /// <summary>p = e^r - 1 and scale = 2^n for y = n ln 2 + r. Below the range of n the scale is meaningless; the callers select it away.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLane ReducedExpM1<TLane>(TLane y, out TLane scale) where TLane : struct, ILane<TLane>
    {
        var shift = TLane.Broadcast(RoundingShift);
        var shifted = TLane.Fma(y, TLane.Broadcast(Log2E), shift);
        var n = TLane.Subtract(shifted, shift);
        var r = TLane.Fma(n, TLane.Broadcast(-Ln2High), y);
        r = TLane.Fma(n, TLane.Broadcast(-Ln2Low), r);

        var q = TLane.Fma(TLane.Broadcast(Q4), r, TLane.Broadcast(Q3));
        q = TLane.Fma(q, r, TLane.Broadcast(Q2));
        q = TLane.Fma(q, r, TLane.Broadcast(Q1));
        q = TLane.Fma(q, r, TLane.Broadcast(Q0));

        scale = TLane.PowerOfTwo(shifted);
        return TLane.Fma(TLane.Multiply(r, r), q, r);
    }
}
