using System.Runtime.CompilerServices;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>Registers side by side: what a tile holds of one k of a panel, and one row's accumulators for it.</summary>
internal interface IRegisterGroup<TSelf, TLane>
    where TSelf : struct, IRegisterGroup<TSelf, TLane>
    where TLane : struct, ILane<TLane>
{
    /// <summary>Floats in the registers.</summary>
    static abstract nuint Count { get; }

    /// <summary>Loads two registers from the source and, where the group has four, two more from a later place.</summary>
    static abstract TSelf Load(ref readonly float source, nuint second);

    static abstract TSelf WidenLower(TSelf pairs);

    static abstract TSelf WidenUpper(TSelf pairs);

    /// <summary>this += weights * x, one fused multiply-add per lane.</summary>
    void Add(TSelf weights, TLane x);

    static abstract void Store(TSelf sums, ref float destination);
}

/// <summary>A whole panel: four registers.</summary>
internal struct Quad<TLane> : IRegisterGroup<Quad<TLane>, TLane> where TLane : struct, ILane<TLane>
{
    private TLane _a;
    private TLane _b;
    private TLane _c;
    private TLane _d;

    public static nuint Count => 4 * (nuint)TLane.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<TLane> Load(ref readonly float source, nuint second)
    {
        nuint n = (nuint)TLane.Count;
        Quad<TLane> quad;
        quad._a = TLane.Load(in source, 0);
        quad._b = TLane.Load(in source, n);
        quad._c = TLane.Load(in source, second);
        quad._d = TLane.Load(in source, second + n);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Quad<TLane> weights, TLane x)
    {
        _a = TLane.Fma(weights._a, x, _a);
        _b = TLane.Fma(weights._b, x, _b);
        _c = TLane.Fma(weights._c, x, _c);
        _d = TLane.Fma(weights._d, x, _d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Quad<TLane> sums, ref float destination)
    {
        nuint n = (nuint)TLane.Count;
        TLane.Store(sums._a, ref destination, 0);
        TLane.Store(sums._b, ref destination, n);
        TLane.Store(sums._c, ref destination, 2 * n);
        TLane.Store(sums._d, ref destination, 3 * n);
    }
}

/// <summary>Half a panel: two registers, so that a tile can be twice as high, or fit a register file of 16.</summary>
internal struct Duo<TLane> : IRegisterGroup<Duo<TLane>, TLane> where TLane : struct, ILane<TLane>
{
    private TLane _a;
    private TLane _b;

    public static nuint Count => 2 * (nuint)TLane.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Duo<TLane> Load(ref readonly float source, nuint second)
    {
        Duo<TLane> duo;
        duo._a = TLane.Load(in source, 0);
        duo._b = TLane.Load(in source, (nuint)TLane.Count);
        return duo;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Duo<TLane> WidenLower(Duo<TLane> pairs)
    {
        pairs._a = TLane.WidenLower(pairs._a);
        pairs._b = TLane.WidenLower(pairs._b);
        return pairs;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Duo<TLane> WidenUpper(Duo<TLane> pairs)
    {
        pairs._a = TLane.WidenUpper(pairs._a);
        pairs._b = TLane.WidenUpper(pairs._b);
        return pairs;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Duo<TLane> weights, TLane x)
    {
        _a = TLane.Fma(weights._a, x, _a);
        _b = TLane.Fma(weights._b, x, _b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Duo<TLane> sums, ref float destination)
    {
        TLane.Store(sums._a, ref destination, 0);
        TLane.Store(sums._b, ref destination, (nuint)TLane.Count);
    }
}
