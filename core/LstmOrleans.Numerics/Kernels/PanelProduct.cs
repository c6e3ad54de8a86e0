using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>y = start + W x for one panel and many rows: the hot loop of the whole system.</summary>
/// <remarks>
/// Lanes run across outputs, never along k, and each output is one chain of fused multiply-adds from its start value through k = from, from + 1, ...
/// up to to - 1. So a row's result depends neither on the tile it was computed in nor on the width of the registers, and a product may stop
/// at any k and go on from the stored sum: the bits stay the same.
/// <code>
///   a tile: R rows x 4 (or 2) registers of running sums; per k it loads 4 (or 2) registers of weights once and broadcasts one x for each row
///
///             W[k] ->   w0       w1    |  w2       w3
///     x[0,k]          sum00    sum01   | sum02    sum03
///     x[1,k]          sum10    sum11   | sum12    sum13        one method; R and the width of the tile are types, known to the JIT
///      ...                             |
/// </code>
/// Few rows take the whole panel at once, because they need its four chains per row to keep the multipliers busy. More rows take it in two halves
/// with tiles twice as high: 16 registers hold no other tile that is not bound by loads, and where weights come from far they come half as often.
/// The sums leave through memory (y) and the cell update reads them there: with both in one method the register allocator spills inside the loop.
/// </remarks>
internal static class PanelProduct
{
    /// <summary>Floats ahead of the weights at work that are fetched: 4 KB, the best of 1, 2, 4 and 8 KB at H = 1024.</summary>
    private const int PrefetchDistance = 1024;

    /// <summary>One panel for many rows.</summary>
    /// <param name="weights">The packed matrix.</param>
    /// <param name="panel">The panel.</param>
    /// <param name="from">First k; a multiple of the format's pairing.</param>
    /// <param name="to">K, or a multiple of the pairing.</param>
    /// <param name="rows">Number of rows, at least 1.</param>
    /// <param name="x">(rows, at least <paramref name="to"/>), indexed by k.</param>
    /// <param name="start">(rows, 4n): the bias, or the sums so far. May be the same memory as <paramref name="y"/>.</param>
    /// <param name="y">(rows, 4n)</param>
    public static void Run<TLane, TWeights>(PackedPanels weights, int panel, int from, int to, int rows, RowView x, RowView start, RowView y)
        where TLane : struct, ILane<TLane>
        where TWeights : struct, IWeightFormat
    {
        Debug.Assert(from % TWeights.Pairing == 0 && (to == weights.Length || to % TWeights.Pairing == 0), "A pair of k cannot be split.");
        ref float w = ref weights.Weights(panel, from);
        if (rows <= TLane.QuadRows)
        {
            Tiles<TLane, TWeights, Quad<TLane>>(ref w, weights.HalfPanel, from, to, rows, x, start, y);
            return;
        }

        int half = (int)Duo<TLane>.Count;
        Tiles<TLane, TWeights, Duo<TLane>>(ref w, weights.HalfPanel, from, to, rows, x, start, y);
        Tiles<TLane, TWeights, Duo<TLane>>(ref Unsafe.Add(ref w, weights.HalfPanel), weights.HalfPanel, from, to, rows, x, start.Column(half), y.Column(half));
    }

    private static void Tiles<TLane, TWeights, TGroup>(ref float w, nint half, int from, int to, int rows, RowView x, RowView start, RowView y)
        where TLane : struct, ILane<TLane>
        where TWeights : struct, IWeightFormat
        where TGroup : struct, IRegisterGroup<TGroup, TLane>
    {
        // All tiles of nearly one height: 9 rows are 5 + 4, not 8 + 1, because a low tile is bound by loading weights.
        int most = TGroup.Count == Quad<TLane>.Count ? TLane.QuadRows : TLane.DuoRows;
        int tiles = (rows + most - 1) / most;
        for (int row = 0; tiles > 0; tiles--)
        {
            int height = (rows - row + tiles - 1) / tiles;
            RowView xs = x.Row(row), starts = start.Row(row), ys = y.Row(row);
            switch (height)
            {
                case 1: Tile<TLane, TWeights, TGroup, Rows1>(in w, (nuint)half, from, to, xs, starts, ys); break;
                case 2: Tile<TLane, TWeights, TGroup, Rows2>(in w, (nuint)half, from, to, xs, starts, ys); break;
                case 3: Tile<TLane, TWeights, TGroup, Rows3>(in w, (nuint)half, from, to, xs, starts, ys); break;
                case 4: Tile<TLane, TWeights, TGroup, Rows4>(in w, (nuint)half, from, to, xs, starts, ys); break;
                case 5: Tile<TLane, TWeights, TGroup, Rows5>(in w, (nuint)half, from, to, xs, starts, ys); break;
                case 6: Tile<TLane, TWeights, TGroup, Rows6>(in w, (nuint)half, from, to, xs, starts, ys); break;
                case 7: Tile<TLane, TWeights, TGroup, Rows7>(in w, (nuint)half, from, to, xs, starts, ys); break;
                default: Tile<TLane, TWeights, TGroup, Rows8>(in w, (nuint)half, from, to, xs, starts, ys); break;
            }

            row += height;
        }
    }

    /// <summary>Two neighbouring panels for one row: eight chains, so that a lone step waits for memory and not for the latency of its own sums.</summary>
    /// <param name="weights">The packed matrix.</param>
    /// <param name="panel">The first of the two panels.</param>
    /// <param name="from">First k; a multiple of the format's pairing.</param>
    /// <param name="to">K, or a multiple of the pairing.</param>
    /// <param name="x">(at least <paramref name="to"/>), indexed by k.</param>
    /// <param name="start">(2, 4n), contiguous.</param>
    /// <param name="y">(2, 4n), contiguous.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunPair<TLane, TWeights>(PackedPanels weights, int panel, int from, int to, ref readonly float x, ref readonly float start, ref float y)
        where TLane : struct, ILane<TLane>
        where TWeights : struct, IWeightFormat
    {
        nuint pairing = (nuint)TWeights.Pairing, k = (nuint)from, end = (nuint)to, half = (nuint)weights.HalfPanel;
        ref float xs = ref Unsafe.AsRef(in x);
        ref float w0 = ref weights.Weights(panel, from), w1 = ref weights.Weights(panel + 1, from);
        var sum0 = Quad<TLane>.Load(in start, Duo<TLane>.Count);
        var sum1 = Quad<TLane>.Load(in Unsafe.Add(ref Unsafe.AsRef(in start), Quad<TLane>.Count), Duo<TLane>.Count);
        for (; k + pairing <= end; k += pairing)
        {
            var (stored0, stored1) = (Quad<TLane>.Load(in w0, half), Quad<TLane>.Load(in w1, half));
            var xk = TLane.Broadcast(Unsafe.Add(ref xs, k));
            sum0.Add(TWeights.First<Quad<TLane>, TLane>(stored0), xk);
            sum1.Add(TWeights.First<Quad<TLane>, TLane>(stored1), xk);
            if (TWeights.Pairing == 2)
            {
                xk = TLane.Broadcast(Unsafe.Add(ref xs, k + 1));
                sum0.Add(TWeights.Second<Quad<TLane>, TLane>(stored0), xk);
                sum1.Add(TWeights.Second<Quad<TLane>, TLane>(stored1), xk);
            }

            w0 = ref Unsafe.Add(ref w0, Duo<TLane>.Count);
            w1 = ref Unsafe.Add(ref w1, Duo<TLane>.Count);
        }

        if (TWeights.Pairing == 2 && k < end)
        {
            var xk = TLane.Broadcast(Unsafe.Add(ref xs, k));
            sum0.Add(TWeights.First<Quad<TLane>, TLane>(Quad<TLane>.Load(in w0, half)), xk);
            sum1.Add(TWeights.First<Quad<TLane>, TLane>(Quad<TLane>.Load(in w1, half)), xk);
        }

        Quad<TLane>.Store(sum0, ref y);
        Quad<TLane>.Store(sum1, ref Unsafe.Add(ref y, Quad<TLane>.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Tile<TLane, TWeights, TGroup, TRows>(ref readonly float weights, nuint half, int from, int to, RowView x, RowView start, RowView y)
        where TLane : struct, ILane<TLane>
        where TWeights : struct, IWeightFormat
        where TGroup : struct, IRegisterGroup<TGroup, TLane>
        where TRows : struct
    {
        nuint pairing = (nuint)TWeights.Pairing, k = (nuint)from, end = (nuint)to;
        ref float w = ref Unsafe.AsRef(in weights);
        TGroup sum0 = TGroup.Load(in start.First, Duo<TLane>.Count), sum1 = default, sum2 = default, sum3 = default, sum4 = default, sum5 = default, sum6 = default, sum7 = default;
        if (Unsafe.SizeOf<TRows>() > 1)
            sum1 = TGroup.Load(in start[1], Duo<TLane>.Count);
        if (Unsafe.SizeOf<TRows>() > 2)
            sum2 = TGroup.Load(in start[2], Duo<TLane>.Count);
        if (Unsafe.SizeOf<TRows>() > 3)
            sum3 = TGroup.Load(in start[3], Duo<TLane>.Count);
        if (Unsafe.SizeOf<TRows>() > 4)
            sum4 = TGroup.Load(in start[4], Duo<TLane>.Count);
        if (Unsafe.SizeOf<TRows>() > 5)
            sum5 = TGroup.Load(in start[5], Duo<TLane>.Count);
        if (Unsafe.SizeOf<TRows>() > 6)
            sum6 = TGroup.Load(in start[6], Duo<TLane>.Count);
        if (Unsafe.SizeOf<TRows>() > 7)
            sum7 = TGroup.Load(in start[7], Duo<TLane>.Count);

        // A row that the tile does not have is row 0 again: no reference ever points outside the buffer.
        ref float x0 = ref x.First, x1 = ref x[Unsafe.SizeOf<TRows>() > 1 ? 1 : 0], x2 = ref x[Unsafe.SizeOf<TRows>() > 2 ? 2 : 0], x3 = ref x[Unsafe.SizeOf<TRows>() > 3 ? 3 : 0];
        ref float x4 = ref x[Unsafe.SizeOf<TRows>() > 4 ? 4 : 0], x5 = ref x[Unsafe.SizeOf<TRows>() > 5 ? 5 : 0], x6 = ref x[Unsafe.SizeOf<TRows>() > 6 ? 6 : 0], x7 = ref x[Unsafe.SizeOf<TRows>() > 7 ? 7 : 0];
        for (; k + pairing <= end; k += pairing)
        {
            var stored = TGroup.Load(in w, half);
            var wk = TWeights.First<TGroup, TLane>(stored);
            AddRows<TLane, TGroup, TRows>(wk, k, ref x0, ref x1, ref x2, ref x3, ref x4, ref x5, ref x6, ref x7,
                ref sum0, ref sum1, ref sum2, ref sum3, ref sum4, ref sum5, ref sum6, ref sum7);

            if (TWeights.Pairing == 2)
            {
                wk = TWeights.Second<TGroup, TLane>(stored);
                AddRows<TLane, TGroup, TRows>(wk, k + 1, ref x0, ref x1, ref x2, ref x3, ref x4, ref x5, ref x6, ref x7,
                    ref sum0, ref sum1, ref sum2, ref sum3, ref sum4, ref sum5, ref sum6, ref sum7);
            }

            // High tiles take so long over each k that the processor's own prefetch falls behind where weights come from beyond the second-level cache.
            if (TGroup.Count == Duo<TLane>.Count)
                TLane.Prefetch(in Unsafe.Add(ref w, PrefetchDistance));
            w = ref Unsafe.Add(ref w, Duo<TLane>.Count);
        }

        if (TWeights.Pairing == 2 && k < end)
        {
            var wk = TWeights.First<TGroup, TLane>(TGroup.Load(in w, half));
            AddRows<TLane, TGroup, TRows>(wk, k, ref x0, ref x1, ref x2, ref x3, ref x4, ref x5, ref x6, ref x7,
                ref sum0, ref sum1, ref sum2, ref sum3, ref sum4, ref sum5, ref sum6, ref sum7);
        }

        TGroup.Store(sum0, ref y.First);
        if (Unsafe.SizeOf<TRows>() > 1)
            TGroup.Store(sum1, ref y[1]);
        if (Unsafe.SizeOf<TRows>() > 2)
            TGroup.Store(sum2, ref y[2]);
        if (Unsafe.SizeOf<TRows>() > 3)
            TGroup.Store(sum3, ref y[3]);
        if (Unsafe.SizeOf<TRows>() > 4)
            TGroup.Store(sum4, ref y[4]);
        if (Unsafe.SizeOf<TRows>() > 5)
            TGroup.Store(sum5, ref y[5]);
        if (Unsafe.SizeOf<TRows>() > 6)
            TGroup.Store(sum6, ref y[6]);
        if (Unsafe.SizeOf<TRows>() > 7)
            TGroup.Store(sum7, ref y[7]);
    }

    /// <summary>One k for every row of the tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRows<TLane, TGroup, TRows>(TGroup weights, nuint k,
        ref float x0, ref float x1, ref float x2, ref float x3, ref float x4, ref float x5, ref float x6, ref float x7,
        ref TGroup sum0, ref TGroup sum1, ref TGroup sum2, ref TGroup sum3, ref TGroup sum4, ref TGroup sum5, ref TGroup sum6, ref TGroup sum7)
        where TLane : struct, ILane<TLane>
        where TGroup : struct, IRegisterGroup<TGroup, TLane>
        where TRows : struct
    {
        sum0.Add(weights, TLane.Broadcast(Unsafe.Add(ref x0, k)));
        if (Unsafe.SizeOf<TRows>() > 1)
            sum1.Add(weights, TLane.Broadcast(Unsafe.Add(ref x1, k)));
        if (Unsafe.SizeOf<TRows>() > 2)
            sum2.Add(weights, TLane.Broadcast(Unsafe.Add(ref x2, k)));
        if (Unsafe.SizeOf<TRows>() > 3)
            sum3.Add(weights, TLane.Broadcast(Unsafe.Add(ref x3, k)));
        if (Unsafe.SizeOf<TRows>() > 4)
            sum4.Add(weights, TLane.Broadcast(Unsafe.Add(ref x4, k)));
        if (Unsafe.SizeOf<TRows>() > 5)
            sum5.Add(weights, TLane.Broadcast(Unsafe.Add(ref x5, k)));
        if (Unsafe.SizeOf<TRows>() > 6)
            sum6.Add(weights, TLane.Broadcast(Unsafe.Add(ref x6, k)));
        if (Unsafe.SizeOf<TRows>() > 7)
            sum7.Add(weights, TLane.Broadcast(Unsafe.Add(ref x7, k)));
    }

    // The height of a tile as a type: its size in bytes. The JIT knows a size before it inlines anything, so the rows that a tile does
    // not have are no code at all; as a static property they would be inlined first, and with that many locals nothing stays in registers.
    [StructLayout(LayoutKind.Sequential, Size = 1)]
    private readonly struct Rows1;

    [StructLayout(LayoutKind.Sequential, Size = 2)]
    private readonly struct Rows2;

    [StructLayout(LayoutKind.Sequential, Size = 3)]
    private readonly struct Rows3;

    [StructLayout(LayoutKind.Sequential, Size = 4)]
    private readonly struct Rows4;

    [StructLayout(LayoutKind.Sequential, Size = 5)]
    private readonly struct Rows5;

    [StructLayout(LayoutKind.Sequential, Size = 6)]
    private readonly struct Rows6;

    [StructLayout(LayoutKind.Sequential, Size = 7)]
    private readonly struct Rows7;

    [StructLayout(LayoutKind.Sequential, Size = 8)]
    private readonly struct Rows8;
}
