using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>gates = bias + W [x | h], then the cell update, block by block: the hot loop of the whole system.</summary>
/// <remarks>
/// Lanes run across cells, never along K, and each gate is one chain of fused multiply-adds from the bias through k = 0, 1, 2, ...: a row's
/// result does not depend on the tile it was computed in. A tile is R rows x 4 gates of accumulators held in registers; one load
/// of weights serves R rows. Blocks are the outer loop, so a block's weights stay in the nearest cache while all rows use it.
/// </remarks>
internal static class GateProjection
{
    /// <summary>One step of one layer for many rows.</summary>
    /// <param name="packed">The layer.</param>
    /// <param name="rows">Number of rows, at least 1.</param>
    /// <param name="inputs">(rows, InputLength): each row is [x | h].</param>
    /// <param name="c">(rows, blocks * n): in c, out c'.</param>
    /// <param name="h">(rows, blocks * n): out o * tanh(c').</param>
    public static void Step<TLane>(PackedGates packed, int rows, ReadOnlySpan<float> inputs, Span<float> c, Span<float> h)
        where TLane : struct, ILane<TLane>
    {
        int width = packed.Blocks * TLane.Count;
        if (inputs.Length < (long)rows * packed.InputLength || c.Length < (long)rows * width || h.Length < (long)rows * width)
            throw new ArgumentException($"Buffers are too short for {rows} rows of {packed.InputLength} inputs and {width} cells.");

        ref readonly float x = ref MemoryMarshal.GetReference(inputs);
        ref float cells = ref MemoryMarshal.GetReference(c);
        ref float outputs = ref MemoryMarshal.GetReference(h);
        for (int block = 0; block < packed.Blocks; block++)
        {
            ref readonly float weights = ref packed.Weights[block * packed.InputLength * 4 * TLane.Count];
            ref readonly float bias = ref packed.Bias[block * 4 * TLane.Count];
            int row = 0;
            for (; row + 4 <= rows; row += 4)
                FourRows<TLane>(packed, row, block, in weights, in bias, in x, ref cells, ref outputs, width);
            for (; row + 2 <= rows; row += 2)
                TwoRows<TLane>(packed, row, block, in weights, in bias, in x, ref cells, ref outputs, width);
            if (row < rows)
                OneRow<TLane>(packed, row, block, in weights, in bias, in x, ref cells, ref outputs, width);
        }
    }

    private static void OneRow<TLane>(PackedGates packed, int row, int block, ref readonly float weights, ref readonly float bias,
        ref readonly float inputs, ref float c, ref float h, int width) where TLane : struct, ILane<TLane>
    {
        nuint n = (nuint)TLane.Count, length = (nuint)packed.InputLength;
        ref float x = ref Unsafe.Add(ref Unsafe.AsRef(in inputs), (nuint)row * length);
        ref float w = ref Unsafe.AsRef(in weights);
        TLane i = TLane.Load(in bias, 0), f = TLane.Load(in bias, n), g = TLane.Load(in bias, 2 * n), o = TLane.Load(in bias, 3 * n);
        for (nuint k = 0; k < length; k++)
        {
            var xk = TLane.Broadcast(Unsafe.Add(ref x, k));
            i = TLane.Fma(TLane.Load(in w, 0), xk, i);
            f = TLane.Fma(TLane.Load(in w, n), xk, f);
            g = TLane.Fma(TLane.Load(in w, 2 * n), xk, g);
            o = TLane.Fma(TLane.Load(in w, 3 * n), xk, o);
            w = ref Unsafe.Add(ref w, 4 * n);
        }

        CellUpdate.Apply(i, f, g, o, ref c, ref h, ((nuint)row * (nuint)width) + ((nuint)block * n));
    }

    private static void TwoRows<TLane>(PackedGates packed, int row, int block, ref readonly float weights, ref readonly float bias,
        ref readonly float inputs, ref float c, ref float h, int width) where TLane : struct, ILane<TLane>
    {
        nuint n = (nuint)TLane.Count, length = (nuint)packed.InputLength;
        ref float x = ref Unsafe.Add(ref Unsafe.AsRef(in inputs), (nuint)row * length);
        ref float w = ref Unsafe.AsRef(in weights);
        TLane i0 = TLane.Load(in bias, 0), f0 = TLane.Load(in bias, n), g0 = TLane.Load(in bias, 2 * n), o0 = TLane.Load(in bias, 3 * n);
        TLane i1 = i0, f1 = f0, g1 = g0, o1 = o0;
        for (nuint k = 0; k < length; k++)
        {
            TLane wi = TLane.Load(in w, 0), wf = TLane.Load(in w, n), wg = TLane.Load(in w, 2 * n), wo = TLane.Load(in w, 3 * n);
            TLane x0 = TLane.Broadcast(Unsafe.Add(ref x, k)), x1 = TLane.Broadcast(Unsafe.Add(ref x, k + length));
            i0 = TLane.Fma(wi, x0, i0);
            f0 = TLane.Fma(wf, x0, f0);
            g0 = TLane.Fma(wg, x0, g0);
            o0 = TLane.Fma(wo, x0, o0);
            i1 = TLane.Fma(wi, x1, i1);
            f1 = TLane.Fma(wf, x1, f1);
            g1 = TLane.Fma(wg, x1, g1);
            o1 = TLane.Fma(wo, x1, o1);
            w = ref Unsafe.Add(ref w, 4 * n);
        }

        nuint cell = ((nuint)row * (nuint)width) + ((nuint)block * n);
        CellUpdate.Apply(i0, f0, g0, o0, ref c, ref h, cell);
        CellUpdate.Apply(i1, f1, g1, o1, ref c, ref h, cell + (nuint)width);
    }

    private static void FourRows<TLane>(PackedGates packed, int row, int block, ref readonly float weights, ref readonly float bias,
        ref readonly float inputs, ref float c, ref float h, int width) where TLane : struct, ILane<TLane>
    {
        nuint n = (nuint)TLane.Count, length = (nuint)packed.InputLength;
        ref float x = ref Unsafe.Add(ref Unsafe.AsRef(in inputs), (nuint)row * length);
        ref float w = ref Unsafe.AsRef(in weights);
        TLane i0 = TLane.Load(in bias, 0), f0 = TLane.Load(in bias, n), g0 = TLane.Load(in bias, 2 * n), o0 = TLane.Load(in bias, 3 * n);
        TLane i1 = i0, f1 = f0, g1 = g0, o1 = o0, i2 = i0, f2 = f0, g2 = g0, o2 = o0, i3 = i0, f3 = f0, g3 = g0, o3 = o0;
        for (nuint k = 0; k < length; k++)
        {
            TLane wi = TLane.Load(in w, 0), wf = TLane.Load(in w, n), wg = TLane.Load(in w, 2 * n), wo = TLane.Load(in w, 3 * n);
            TLane x0 = TLane.Broadcast(Unsafe.Add(ref x, k)), x1 = TLane.Broadcast(Unsafe.Add(ref x, k + length));
            i0 = TLane.Fma(wi, x0, i0);
            f0 = TLane.Fma(wf, x0, f0);
            g0 = TLane.Fma(wg, x0, g0);
            o0 = TLane.Fma(wo, x0, o0);
            i1 = TLane.Fma(wi, x1, i1);
            f1 = TLane.Fma(wf, x1, f1);
            g1 = TLane.Fma(wg, x1, g1);
            o1 = TLane.Fma(wo, x1, o1);
            TLane x2 = TLane.Broadcast(Unsafe.Add(ref x, k + (2 * length))), x3 = TLane.Broadcast(Unsafe.Add(ref x, k + (3 * length)));
            i2 = TLane.Fma(wi, x2, i2);
            f2 = TLane.Fma(wf, x2, f2);
            g2 = TLane.Fma(wg, x2, g2);
            o2 = TLane.Fma(wo, x2, o2);
            i3 = TLane.Fma(wi, x3, i3);
            f3 = TLane.Fma(wf, x3, f3);
            g3 = TLane.Fma(wg, x3, g3);
            o3 = TLane.Fma(wo, x3, o3);
            w = ref Unsafe.Add(ref w, 4 * n);
        }

        nuint cell = ((nuint)row * (nuint)width) + ((nuint)block * n);
        CellUpdate.Apply(i0, f0, g0, o0, ref c, ref h, cell);
        CellUpdate.Apply(i1, f1, g1, o1, ref c, ref h, cell + (nuint)width);
        CellUpdate.Apply(i2, f2, g2, o2, ref c, ref h, cell + (2 * (nuint)width));
        CellUpdate.Apply(i3, f3, g3, o3, ref c, ref h, cell + (3 * (nuint)width));
    }
}
