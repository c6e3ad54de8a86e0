namespace LstmOrleans.Numerics;

/// <summary>One stream's part in a micro-batch: its rows may lie anywhere in memory.</summary>
/// <param name="State">In: (h, c); out: (h', c').</param>
/// <param name="X">(I)</param>
/// <param name="Output">(P or H)</param>
public readonly record struct StreamRow(LstmState State, ReadOnlyMemory<float> X, Memory<float> Output);
