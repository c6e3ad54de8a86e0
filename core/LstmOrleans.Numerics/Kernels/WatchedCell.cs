namespace LstmOrleans.Numerics.Kernels;

/// <summary>The cell update for people who watch: the operations of <see cref="CellUpdate"/> in the same order, but each gate is kept.</summary>
/// <remarks>Apart from the hot one, which keeps no gate and must not pay for one. That both give the same bits is tested with <c>==</c>.</remarks>
internal static class WatchedCell
{
    /// <summary>One panel of n cells.</summary>
    /// <param name="gates">(4n): in i, f, g, o before their activations; out behind them.</param>
    /// <param name="c">(n): in c, out c'.</param>
    /// <param name="h">(n): out o * tanh(c').</param>
    public static void Run<TLane>(ref float gates, ref float c, ref float h) where TLane : struct, ILane<TLane>
    {
        nuint n = (nuint)TLane.Count;
        var i = Activations.Sigmoid(TLane.Load(in gates, 0));
        var f = Activations.Sigmoid(TLane.Load(in gates, n));
        var g = Activations.Tanh(TLane.Load(in gates, 2 * n));
        var o = Activations.Sigmoid(TLane.Load(in gates, 3 * n));
        TLane.Store(i, ref gates, 0);
        TLane.Store(f, ref gates, n);
        TLane.Store(g, ref gates, 2 * n);
        TLane.Store(o, ref gates, 3 * n);
        var cell = TLane.Fma(f, TLane.Load(in c, 0), TLane.Multiply(i, g));
        TLane.Store(cell, ref c, 0);
        TLane.Store(TLane.Multiply(o, Activations.Tanh(cell)), ref h, 0);
    }
}
