using System.Runtime.CompilerServices;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>How a panel's weights lie in memory. Whatever the format, the kernel multiplies the same float32 values in the same order.</summary>
internal interface IWeightFormat
{
    /// <summary>Values of k that share one 32-bit place: 1, or 2 for bfloat16.</summary>
    static abstract int Pairing { get; }

    /// <summary>The weights of k, where k is a multiple of <see cref="Pairing"/>.</summary>
    static abstract TGroup First<TGroup, TLane>(TGroup stored) where TGroup : struct, IRegisterGroup<TGroup, TLane> where TLane : struct, ILane<TLane>;

    /// <summary>The weights of k + 1 from the same place; never asked for where <see cref="Pairing"/> is 1.</summary>
    static abstract TGroup Second<TGroup, TLane>(TGroup stored) where TGroup : struct, IRegisterGroup<TGroup, TLane> where TLane : struct, ILane<TLane>;
}

/// <summary>One float32 in each place.</summary>
internal readonly struct Float32Weights : IWeightFormat
{
    public static int Pairing => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TGroup First<TGroup, TLane>(TGroup stored) where TGroup : struct, IRegisterGroup<TGroup, TLane> where TLane : struct, ILane<TLane> => stored;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TGroup Second<TGroup, TLane>(TGroup stored) where TGroup : struct, IRegisterGroup<TGroup, TLane> where TLane : struct, ILane<TLane> => stored;
}

/// <summary>Two bfloat16 in each place, the even k in the lower half: half the bytes of a step, one more cheap instruction per weight.</summary>
internal readonly struct BFloat16Weights : IWeightFormat
{
    public static int Pairing => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TGroup First<TGroup, TLane>(TGroup stored) where TGroup : struct, IRegisterGroup<TGroup, TLane> where TLane : struct, ILane<TLane> => TGroup.WidenLower(stored);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TGroup Second<TGroup, TLane>(TGroup stored) where TGroup : struct, IRegisterGroup<TGroup, TLane> where TLane : struct, ILane<TLane> => TGroup.WidenUpper(stored);
}
