using System.Runtime.CompilerServices;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>Four registers side by side: what one k of a panel holds, and one row's accumulators for it.</summary>
internal struct Quad<TLane> where TLane : struct, ILane<TLane>
{
    private TLane _a;
    private TLane _b;
    private TLane _c;
    private TLane _d;

    /// <summary>Floats in the four registers.</summary>
    public static nuint Count => 4 * (nuint)TLane.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<TLane> Load(ref readonly float source)
    {
        nuint n = (nuint)TLane.Count;
        Quad<TLane> quad;
        quad._a = TLane.Load(in source, 0);
        quad._b = TLane.Load(in source, n);
        quad._c = TLane.Load(in source, 2 * n);
        quad._d = TLane.Load(in source, 3 * n);
        return quad;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<TLane> WidenLower(Quad<TLane> pairs)
    {
        pairs._a = TLane.WidenLower(pairs._a);
        pairs._b = TLane.WidenLower(pairs._b);
        pairs._c = TLane.WidenLower(pairs._c);
        pairs._d = TLane.WidenLower(pairs._d);
        return pairs;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<TLane> WidenUpper(Quad<TLane> pairs)
    {
        pairs._a = TLane.WidenUpper(pairs._a);
        pairs._b = TLane.WidenUpper(pairs._b);
        pairs._c = TLane.WidenUpper(pairs._c);
        pairs._d = TLane.WidenUpper(pairs._d);
        return pairs;
    }

    /// <summary>this += weights * x, one fused multiply-add per lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Quad<TLane> weights, TLane x)
    {
        _a = TLane.Fma(weights._a, x, _a);
        _b = TLane.Fma(weights._b, x, _b);
        _c = TLane.Fma(weights._c, x, _c);
        _d = TLane.Fma(weights._d, x, _d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ref float destination)
    {
        nuint n = (nuint)TLane.Count;
        TLane.Store(_a, ref destination, 0);
        TLane.Store(_b, ref destination, n);
        TLane.Store(_c, ref destination, 2 * n);
        TLane.Store(_d, ref destination, 3 * n);
    }
}
