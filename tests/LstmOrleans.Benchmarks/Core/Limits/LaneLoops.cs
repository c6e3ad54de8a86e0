using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LstmOrleans.Numerics.Kernels;

namespace LstmOrleans.Benchmarks.Core.Limits;

/// <summary>The three loops whose speed is this machine's limit, in the register width that the kernels use.</summary>
internal abstract class LaneLoops
{
    /// <summary>Chains of fused multiply-adds that do not wait for each other: latency 4 times two units, and some more.</summary>
    protected const int Chains = 12;

    public const int FmaSteps = 1_000;

    /// <summary>Units of one pass over the activations; all their arrays together fit into any first-level cache.</summary>
    public const int Units = 512;

    public abstract double FmaFlop { get; }

    public static LaneLoops Create(int lanes) => lanes switch
    {
        16 => new LaneLoops<Lane512>(),
        8 => new LaneLoops<Lane256>(),
        4 => new LaneLoops<Lane128>(),
        _ => new LaneLoops<LaneScalar>(),
    };

    /// <summary>FmaSteps dependent steps of each chain.</summary>
    public abstract float MultiplyAdd();

    /// <summary>Loads and adds every value; the length is a multiple of 8 registers.</summary>
    public abstract float Read(ReadOnlySpan<float> values);

    /// <summary>From gates to c and h for Units units, memory included as the kernels have it at best.</summary>
    public abstract void Activate(ActivationArrays arrays);
}

/// <summary>One thread's gates and states.</summary>
internal sealed class ActivationArrays
{
    public float[] Gates { get; } = [.. Enumerable.Range(0, 4 * LaneLoops.Units).Select(index => MathF.Sin(index) * 2)];

    public float[] C { get; } = new float[LaneLoops.Units];

    public float[] H { get; } = new float[LaneLoops.Units];
}

internal sealed class LaneLoops<TLane> : LaneLoops where TLane : struct, ILane<TLane>
{
    public override double FmaFlop => 2.0 * Chains * FmaSteps * TLane.Count;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float MultiplyAdd()
    {
        TLane x = TLane.Broadcast(0.5f), y = TLane.Broadcast(0.25f);
        TLane a0 = x, a1 = x, a2 = x, a3 = x, a4 = x, a5 = x, a6 = x, a7 = x, a8 = x, a9 = x, a10 = x, a11 = x;
        for (int step = 0; step < FmaSteps; step++)
        {
            (a0, a1, a2) = (TLane.Fma(a0, x, y), TLane.Fma(a1, x, y), TLane.Fma(a2, x, y));
            (a3, a4, a5) = (TLane.Fma(a3, x, y), TLane.Fma(a4, x, y), TLane.Fma(a5, x, y));
            (a6, a7, a8) = (TLane.Fma(a6, x, y), TLane.Fma(a7, x, y), TLane.Fma(a8, x, y));
            (a9, a10, a11) = (TLane.Fma(a9, x, y), TLane.Fma(a10, x, y), TLane.Fma(a11, x, y));
        }

        return First(Sum(Sum(a0, a1, a2, a3), Sum(a4, a5, a6, a7), Sum(a8, a9, a10, a11), x));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float Read(ReadOnlySpan<float> values)
    {
        ref float source = ref MemoryMarshal.GetReference(values);
        nuint lanes = (nuint)TLane.Count, length = (nuint)values.Length;
        TLane a0 = TLane.Broadcast(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
        for (nuint at = 0; at < length; at += 8 * lanes)
        {
            a0 = TLane.Add(a0, TLane.Load(in source, at));
            a1 = TLane.Add(a1, TLane.Load(in source, at + lanes));
            a2 = TLane.Add(a2, TLane.Load(in source, at + (2 * lanes)));
            a3 = TLane.Add(a3, TLane.Load(in source, at + (3 * lanes)));
            a4 = TLane.Add(a4, TLane.Load(in source, at + (4 * lanes)));
            a5 = TLane.Add(a5, TLane.Load(in source, at + (5 * lanes)));
            a6 = TLane.Add(a6, TLane.Load(in source, at + (6 * lanes)));
            a7 = TLane.Add(a7, TLane.Load(in source, at + (7 * lanes)));
        }

        return First(TLane.Add(Sum(a0, a1, a2, a3), Sum(a4, a5, a6, a7)));
    }

    /// <remarks>The only use of the kernels' own cell update; a change of its signature ends here.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Activate(ActivationArrays arrays)
    {
        int n = TLane.Count;
        CellUpdate.Run<TLane>(Units / n, new RowView(arrays.Gates, 4 * n), new RowView(arrays.C, n), new RowView(arrays.H, n));
    }

    private static TLane Sum(TLane a, TLane b, TLane c, TLane d) => TLane.Add(TLane.Add(a, b), TLane.Add(c, d));

    private static float First(TLane value)
    {
        Span<float> lanes = stackalloc float[16];
        TLane.Store(value, ref lanes[0], 0);
        return lanes[0];
    }
}
