using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>y = start + W x for one panel and many rows: the hot loop of the whole system.</summary>
/// <remarks>
/// Lanes run across outputs, never along k, and each output is one chain of fused multiply-adds from its start value through k = from, from + 1, ...
/// up to to - 1. So a row's result depends neither on the tile it was computed in nor on the width of the registers, and a product may stop
/// at any k and go on from the stored sum: the bits stay the same.
/// <code>
///   a tile: R rows x 4 registers of running sums; per k it loads 4 registers of weights once and broadcasts one x for each row
///
///             W[k] ->   w0       w1       w2       w3
///     x[0,k]          sum00    sum01    sum02    sum03
///     x[1,k]          sum10    sum11    sum12    sum13         R = up to ILane.TileRows; one method, R known to the JIT
///      ...
/// </code>
/// The sums leave through memory (y) and the cell update reads them there: with both in one method the register allocator spills inside the loop.
/// </remarks>
internal static class PanelProduct
{
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
        ref readonly float w = ref weights.Weights(panel, from);

        // All tiles of nearly one height: 7 rows are 4 + 3, not 6 + 1, because a low tile is bound by loading weights.
        int tiles = (rows + TLane.TileRows - 1) / TLane.TileRows;
        for (int row = 0; tiles > 0; tiles--)
        {
            int height = (rows - row + tiles - 1) / tiles;
            RowView xs = x.Row(row), starts = start.Row(row), ys = y.Row(row);
            switch (height)
            {
                case 1: Tile<TLane, TWeights, Rows1>(in w, from, to, xs, starts, ys); break;
                case 2: Tile<TLane, TWeights, Rows2>(in w, from, to, xs, starts, ys); break;
                case 3: Tile<TLane, TWeights, Rows3>(in w, from, to, xs, starts, ys); break;
                case 4: Tile<TLane, TWeights, Rows4>(in w, from, to, xs, starts, ys); break;
                case 5: Tile<TLane, TWeights, Rows5>(in w, from, to, xs, starts, ys); break;
                default: Tile<TLane, TWeights, Rows6>(in w, from, to, xs, starts, ys); break;
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
        nuint pairing = (nuint)TWeights.Pairing, k = (nuint)from, end = (nuint)to;
        ref float xs = ref Unsafe.AsRef(in x);
        ref float w0 = ref weights.Weights(panel, from), w1 = ref weights.Weights(panel + 1, from);
        var sum0 = Quad<TLane>.Load(in start);
        var sum1 = Quad<TLane>.Load(in Unsafe.Add(ref Unsafe.AsRef(in start), Quad<TLane>.Count));
        for (; k + pairing <= end; k += pairing)
        {
            var (stored0, stored1) = (Quad<TLane>.Load(in w0), Quad<TLane>.Load(in w1));
            var xk = TLane.Broadcast(Unsafe.Add(ref xs, k));
            sum0.Add(TWeights.First(stored0), xk);
            sum1.Add(TWeights.First(stored1), xk);
            if (TWeights.Pairing == 2)
            {
                xk = TLane.Broadcast(Unsafe.Add(ref xs, k + 1));
                sum0.Add(TWeights.Second(stored0), xk);
                sum1.Add(TWeights.Second(stored1), xk);
            }

            w0 = ref Unsafe.Add(ref w0, Quad<TLane>.Count);
            w1 = ref Unsafe.Add(ref w1, Quad<TLane>.Count);
        }

        if (TWeights.Pairing == 2 && k < end)
        {
            var xk = TLane.Broadcast(Unsafe.Add(ref xs, k));
            sum0.Add(TWeights.First(Quad<TLane>.Load(in w0)), xk);
            sum1.Add(TWeights.First(Quad<TLane>.Load(in w1)), xk);
        }

        sum0.Store(ref y);
        sum1.Store(ref Unsafe.Add(ref y, Quad<TLane>.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Tile<TLane, TWeights, TRows>(ref readonly float weights, int from, int to, RowView x, RowView start, RowView y)
        where TLane : struct, ILane<TLane>
        where TWeights : struct, IWeightFormat
        where TRows : struct, ITileRows
    {
        nuint pairing = (nuint)TWeights.Pairing, k = (nuint)from, end = (nuint)to;
        ref float w = ref Unsafe.AsRef(in weights);
        Quad<TLane> sum0 = Quad<TLane>.Load(in start.First), sum1 = default, sum2 = default, sum3 = default, sum4 = default, sum5 = default;
        if (TRows.Count > 1)
            sum1 = Quad<TLane>.Load(in start[1]);
        if (TRows.Count > 2)
            sum2 = Quad<TLane>.Load(in start[2]);
        if (TRows.Count > 3)
            sum3 = Quad<TLane>.Load(in start[3]);
        if (TRows.Count > 4)
            sum4 = Quad<TLane>.Load(in start[4]);
        if (TRows.Count > 5)
            sum5 = Quad<TLane>.Load(in start[5]);

        // A row that the tile does not have is row 0 again: no reference ever points outside the buffer.
        ref float x0 = ref x.First, x1 = ref x[TRows.Count > 1 ? 1 : 0], x2 = ref x[TRows.Count > 2 ? 2 : 0];
        ref float x3 = ref x[TRows.Count > 3 ? 3 : 0], x4 = ref x[TRows.Count > 4 ? 4 : 0], x5 = ref x[TRows.Count > 5 ? 5 : 0];
        for (; k + pairing <= end; k += pairing)
        {
            var stored = Quad<TLane>.Load(in w);
            var wk = TWeights.First(stored);
            sum0.Add(wk, TLane.Broadcast(Unsafe.Add(ref x0, k)));
            if (TRows.Count > 1)
                sum1.Add(wk, TLane.Broadcast(Unsafe.Add(ref x1, k)));
            if (TRows.Count > 2)
                sum2.Add(wk, TLane.Broadcast(Unsafe.Add(ref x2, k)));
            if (TRows.Count > 3)
                sum3.Add(wk, TLane.Broadcast(Unsafe.Add(ref x3, k)));
            if (TRows.Count > 4)
                sum4.Add(wk, TLane.Broadcast(Unsafe.Add(ref x4, k)));
            if (TRows.Count > 5)
                sum5.Add(wk, TLane.Broadcast(Unsafe.Add(ref x5, k)));

            if (TWeights.Pairing == 2)
            {
                wk = TWeights.Second(stored);
                sum0.Add(wk, TLane.Broadcast(Unsafe.Add(ref x0, k + 1)));
                if (TRows.Count > 1)
                    sum1.Add(wk, TLane.Broadcast(Unsafe.Add(ref x1, k + 1)));
                if (TRows.Count > 2)
                    sum2.Add(wk, TLane.Broadcast(Unsafe.Add(ref x2, k + 1)));
                if (TRows.Count > 3)
                    sum3.Add(wk, TLane.Broadcast(Unsafe.Add(ref x3, k + 1)));
                if (TRows.Count > 4)
                    sum4.Add(wk, TLane.Broadcast(Unsafe.Add(ref x4, k + 1)));
                if (TRows.Count > 5)
                    sum5.Add(wk, TLane.Broadcast(Unsafe.Add(ref x5, k + 1)));
            }

            w = ref Unsafe.Add(ref w, Quad<TLane>.Count);
        }

        if (TWeights.Pairing == 2 && k < end)
        {
            var wk = TWeights.First(Quad<TLane>.Load(in w));
            sum0.Add(wk, TLane.Broadcast(Unsafe.Add(ref x0, k)));
            if (TRows.Count > 1)
                sum1.Add(wk, TLane.Broadcast(Unsafe.Add(ref x1, k)));
            if (TRows.Count > 2)
                sum2.Add(wk, TLane.Broadcast(Unsafe.Add(ref x2, k)));
            if (TRows.Count > 3)
                sum3.Add(wk, TLane.Broadcast(Unsafe.Add(ref x3, k)));
            if (TRows.Count > 4)
                sum4.Add(wk, TLane.Broadcast(Unsafe.Add(ref x4, k)));
            if (TRows.Count > 5)
                sum5.Add(wk, TLane.Broadcast(Unsafe.Add(ref x5, k)));
        }

        sum0.Store(ref y.First);
        if (TRows.Count > 1)
            sum1.Store(ref y[1]);
        if (TRows.Count > 2)
            sum2.Store(ref y[2]);
        if (TRows.Count > 3)
            sum3.Store(ref y[3]);
        if (TRows.Count > 4)
            sum4.Store(ref y[4]);
        if (TRows.Count > 5)
            sum5.Store(ref y[5]);
    }

    /// <summary>The height of a tile as a type: one method body, in which the rows a tile does not have are no code at all.</summary>
    private interface ITileRows
    {
        static abstract int Count { get; }
    }

    private readonly struct Rows1 : ITileRows
    {
        public static int Count => 1;
    }

    private readonly struct Rows2 : ITileRows
    {
        public static int Count => 2;
    }

    private readonly struct Rows3 : ITileRows
    {
        public static int Count => 3;
    }

    private readonly struct Rows4 : ITileRows
    {
        public static int Count => 4;
    }

    private readonly struct Rows5 : ITileRows
    {
        public static int Count => 5;
    }

    private readonly struct Rows6 : ITileRows
    {
        public static int Count => 6;
    }
}
