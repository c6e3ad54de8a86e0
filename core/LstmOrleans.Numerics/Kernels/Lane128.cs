using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>4 floats: NEON.</summary>
internal readonly struct Lane128 : ILane<Lane128>
{
    private readonly Vector128<float> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Lane128(Vector128<float> value) => _value = value;

    public static int Count => Vector128<float>.Count;

    public static int QuadRows => 6;

    public static int DuoRows => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128 Broadcast(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128 Load(ref readonly float source, nuint offset) => new(Vector128.LoadUnsafe(in source, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lane128 value, ref float destination, nuint offset) => value._value.StoreUnsafe(ref destination, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(ref readonly float source)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128 Add(Lane128 a, Lane128 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128 Subtract(Lane128 a, Lane128 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128 Multiply(Lane128 a, Lane128 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128 Divide(Lane128 a, Lane128 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128 Fma(Lane128 a, Lane128 b, Lane128 c) => new(Vector128.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128 Abs(Lane128 a) => new(Vector128.Abs(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128 CopySign(Lane128 magnitude, Lane128 sign) => new(Vector128.CopySign(magnitude._value, sign._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128 IfGreater(Lane128 a, Lane128 b, Lane128 yes, Lane128 no) =>
        new(Vector128.ConditionalSelect(Vector128.GreaterThan(a._value, b._value), yes._value, no._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128 PowerOfTwo(Lane128 shifted) =>
        new(((Vector128.ShiftLeft(shifted._value.AsInt32(), 23)) + Vector128.Create(127 << 23)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128 WidenLower(Lane128 pairs) => new(Vector128.ShiftLeft(pairs._value.AsUInt32(), 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128 WidenUpper(Lane128 pairs) => new((pairs._value.AsUInt32() & Vector128.Create(0xFFFF0000u)).AsSingle());
}
