using System.Runtime.CompilerServices;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>One float: every machine. Without FMA hardware <see cref="MathF.FusedMultiplyAdd"/> still rounds once, slowly.</summary>
internal readonly struct LaneScalar : ILane<LaneScalar>
{
    private readonly float _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private LaneScalar(float value) => _value = value;

    public static int Count => 1;

    public static int QuadRows => 2;

    public static int DuoRows => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneScalar Broadcast(float value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneScalar Load(ref readonly float source, nuint offset) => new(Unsafe.Add(ref Unsafe.AsRef(in source), offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(LaneScalar value, ref float destination, nuint offset) => Unsafe.Add(ref destination, offset) = value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(ref readonly float source)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneScalar Add(LaneScalar a, LaneScalar b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneScalar Subtract(LaneScalar a, LaneScalar b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneScalar Multiply(LaneScalar a, LaneScalar b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneScalar Divide(LaneScalar a, LaneScalar b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneScalar Fma(LaneScalar a, LaneScalar b, LaneScalar c) => new(MathF.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneScalar Abs(LaneScalar a) => new(MathF.Abs(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneScalar CopySign(LaneScalar magnitude, LaneScalar sign) => new(MathF.CopySign(magnitude._value, sign._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneScalar IfGreater(LaneScalar a, LaneScalar b, LaneScalar yes, LaneScalar no) => a._value > b._value ? yes : no;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneScalar PowerOfTwo(LaneScalar shifted) =>
        new(BitConverter.Int32BitsToSingle((BitConverter.SingleToInt32Bits(shifted._value) << 23) + (127 << 23)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneScalar WidenLower(LaneScalar pairs) => new(BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(pairs._value) << 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneScalar WidenUpper(LaneScalar pairs) => new(BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(pairs._value) & 0xFFFF0000u));
}
