using System.Runtime.CompilerServices;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>From gate pre-activations to c' and h': the LSTM's four equations, in the order of the paper.</summary>
internal static class CellUpdate
{
    /// <summary>One panel of n cells for many rows.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="gates">(rows, 4n): i, f, g, o before their activations.</param>
    /// <param name="c">(rows, n): in c, out c'.</param>
    /// <param name="h">(rows, n): out o * tanh(c').</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run<TLane>(int rows, RowView gates, RowView c, RowView h) where TLane : struct, ILane<TLane>
    {
        nuint n = (nuint)TLane.Count;
        for (int row = 0; row < rows; row++)
        {
            ref float gate = ref gates[row];
            Apply(TLane.Load(in gate, 0), TLane.Load(in gate, n), TLane.Load(in gate, 2 * n), TLane.Load(in gate, 3 * n), ref c[row], ref h[row]);
        }
    }

    /// <summary>c' = sigmoid(f) c + sigmoid(i) tanh(g) with c' = fma(f, c, i*g); h' = sigmoid(o) tanh(c').</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Apply<TLane>(TLane i, TLane f, TLane g, TLane o, ref float c, ref float h) where TLane : struct, ILane<TLane>
    {
        var update = TLane.Multiply(Activations.Sigmoid(i), Activations.Tanh(g));
        var cell = TLane.Fma(Activations.Sigmoid(f), TLane.Load(in c, 0), update);
        TLane.Store(cell, ref c, 0);
        TLane.Store(TLane.Multiply(Activations.Sigmoid(o), Activations.Tanh(cell)), ref h, 0);
    }
}
