namespace LstmOrleans.Numerics;

/// <summary>Names the exact sequence of floating-point operations. Stored with every state; another version is refused, never bent.</summary>
public static class NumericsVersion
{
    /// <summary>
    /// 1: gates are one chain of fused multiply-adds from b_ih + b_hh through x_0.. then h_0..; c' = fma(f, c, i*g); projection and head are
    /// chains from bias or 0; scaling has two roundings; sigmoid and tanh as in <see cref="Kernels.Activations"/>.
    /// </summary>
    public const ushort Current = 1;
}
