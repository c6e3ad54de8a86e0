using System.Runtime.CompilerServices;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>From gate pre-activations to c' and h': the LSTM's four equations, in the order of the paper.</summary>
internal static class CellUpdate
{
    /// <summary>c' = sigmoid(f) c + sigmoid(i) tanh(g) with c' = fma(f, c, i*g); h' = sigmoid(o) tanh(c').</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply<TLane>(TLane i, TLane f, TLane g, TLane o, ref float c, ref float h, nuint offset)
        where TLane : struct, ILane<TLane>
    {
        var update = TLane.Multiply(Activations.Sigmoid(i), Activations.Tanh(g));
        var cell = TLane.Fma(Activations.Sigmoid(f), TLane.Load(in c, offset), update);
        TLane.Store(cell, ref c, offset);
        TLane.Store(TLane.Multiply(Activations.Sigmoid(o), Activations.Tanh(cell)), ref h, offset);
    }
}
