namespace LstmOrleans.Numerics.Kernels;

/// <summary>One register of floats. Kernels are generic over it, so each is written once, not once per width.</summary>
/// <remarks>
/// Every member is one IEEE 754 single-precision operation per lane with one rounding (or none). That is why a kernel gives the same bits
/// at every width: lanes never mix, and no estimate, no library function and no re-association is available to it.
/// </remarks>
internal interface ILane<TSelf> where TSelf : struct, ILane<TSelf>
{
    /// <summary>Floats in the register; also the number of cells in one block of packed weights.</summary>
    static abstract int Count { get; }

    /// <summary>Most rows of a tile of four registers: sums, four weights and a broadcast fit the register file.</summary>
    static abstract int QuadRows { get; }

    /// <summary>Most rows of a tile of two registers.</summary>
    static abstract int DuoRows { get; }

    static abstract TSelf Broadcast(float value);

    static abstract TSelf Load(ref readonly float source, nuint offset);

    static abstract void Store(TSelf value, ref float destination, nuint offset);

    /// <summary>Asks for the cache lines of two registers; changes nothing else, and may do nothing.</summary>
    static abstract void Prefetch(ref readonly float source);

    static abstract TSelf Add(TSelf a, TSelf b);

    static abstract TSelf Subtract(TSelf a, TSelf b);

    static abstract TSelf Multiply(TSelf a, TSelf b);

    static abstract TSelf Divide(TSelf a, TSelf b);

    /// <summary><c>(a * b) + c</c>, rounded once.</summary>
    static abstract TSelf Fma(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Abs(TSelf a);

    /// <summary>The magnitude of <paramref name="magnitude"/> with the sign bit of <paramref name="sign"/>.</summary>
    static abstract TSelf CopySign(TSelf magnitude, TSelf sign);

    /// <summary>Lane by lane <c>a &gt; b ? yes : no</c>; a NaN in a or b selects <paramref name="no"/>.</summary>
    static abstract TSelf IfGreater(TSelf a, TSelf b, TSelf yes, TSelf no);

    /// <summary>2^n, where n is the integer held in the low bits of <paramref name="shifted"/> = n + 1.5 * 2^23; -126 &lt;= n &lt;= 127.</summary>
    static abstract TSelf PowerOfTwo(TSelf shifted);

    /// <summary>The bfloat16 in the lower half of each 32 bits, widened: a shift, no rounding.</summary>
    static abstract TSelf WidenLower(TSelf pairs);

    /// <summary>The bfloat16 in the upper half of each 32 bits, widened: a mask, no rounding.</summary>
    static abstract TSelf WidenUpper(TSelf pairs);
}
