namespace LstmOrleans.Numerics.Kernels;

/// <summary>The weights of one layer and direction, packed once for a lane width.</summary>
/// <remarks>
/// One block = n cells (n = lane count). For each input k the block holds its four gate rows side by side; the first I inputs are
/// <c>weight_ih</c>, the other K_h (P or H) are <c>weight_hh</c>, so a step reads one row [x | h] and one run of memory.
/// <code>
///   source (PyTorch, 4H x I and 4H x K_h)        packed (ceil(H/n), I + K_h, 4, n), here n = 8
///     row 0..H-1    i                              block 0:  k=0   i0..i7 | f0..f7 | g0..g7 | o0..o7
///     row H..2H-1   f                    ==>                 k=1   i0..i7 | f0..f7 | g0..g7 | o0..o7
///     row 2H..3H-1  g                                        ...
///     row 3H..4H-1  o                              block 1:  k=0   i8..i15 | ...
///   offset of gate q, cell j, input k  =  ((j / n * (I + K_h) + k) * 4 + q) * n + j % n
/// </code>
/// Cells beyond H have weight and bias 0: their c and h stay 0, so there is no scalar tail with other roundings.
/// The files to change with it: GateProjection.cs (reads it), PackedLinear.cs (the same idea with one row per output).
/// </remarks>
internal sealed class PackedGates
{
    /// <summary>(blocks, InputLength, 4, n)</summary>
    public float[] Weights { get; }

    /// <summary>b_ih + b_hh, (blocks, 4, n)</summary>
    public float[] Bias { get; }

    /// <summary>I + K_h: length of a row [x | h].</summary>
    public int InputLength { get; }

    /// <summary>ceil(H / n)</summary>
    public int Blocks { get; }

    public PackedGates(LayerParameters layer, int inputSize, int stateSize, int hiddenSize, int lanes)
    {
        InputLength = inputSize + stateSize;
        Blocks = (hiddenSize + lanes - 1) / lanes;
        Weights = new float[checked(Blocks * InputLength * 4 * lanes)];
        Bias = new float[Blocks * 4 * lanes];
        for (int cell = 0; cell < hiddenSize; cell++)
        {
            int block = cell / lanes, lane = cell % lanes;
            for (int gate = 0; gate < 4; gate++)
            {
                int row = (gate * hiddenSize) + cell;
                if (layer.BiasIh is { } biasIh && layer.BiasHh is { } biasHh)
                    Bias[(((block * 4) + gate) * lanes) + lane] = biasIh[row] + biasHh[row];
                for (int k = 0; k < InputLength; k++)
                {
                    Weights[(((((block * InputLength) + k) * 4) + gate) * lanes) + lane] = k < inputSize
                        ? layer.WeightIh[(row * inputSize) + k]
                        : layer.WeightHh[(row * stateSize) + k - inputSize];
                }
            }
        }
    }
}
