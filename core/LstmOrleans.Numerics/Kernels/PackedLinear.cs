using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>y = bias + W x for the projection (<c>weight_hr</c>, no bias) and the head; one chain per output in index order.</summary>
/// <remarks>Packed (blocks, K, n): for each k the n outputs of the block side by side; outputs beyond O have weight 0.</remarks>
internal sealed class PackedLinear
{
    private readonly float[] _weights;
    private readonly float[] _bias;
    private readonly int _inputSize;
    private readonly int _blocks;

    public PackedLinear(ReadOnlySpan<float> weight, float[]? bias, int outputSize, int inputSize, int lanes)
    {
        _inputSize = inputSize;
        _blocks = (outputSize + lanes - 1) / lanes;
        PaddedOutputSize = _blocks * lanes;
        _weights = new float[checked(_blocks * inputSize * lanes)];
        _bias = new float[PaddedOutputSize];
        bias?.CopyTo(_bias, 0);
        for (int row = 0; row < outputSize; row++)
        {
            for (int k = 0; k < inputSize; k++)
                _weights[((((row / lanes) * inputSize) + k) * lanes) + (row % lanes)] = weight[(row * inputSize) + k];
        }
    }

    /// <summary>O rounded up to whole lanes: the length <see cref="Apply{TLane}"/> writes.</summary>
    public int PaddedOutputSize { get; }

    /// <summary>x is (K); y is (PaddedOutputSize).</summary>
    public void Apply<TLane>(ReadOnlySpan<float> x, Span<float> y) where TLane : struct, ILane<TLane>
    {
        if (x.Length < _inputSize || y.Length < PaddedOutputSize)
            throw new ArgumentException($"Buffers of {x.Length} and {y.Length} floats are too short for {_inputSize} inputs and {PaddedOutputSize} outputs.");

        nuint n = (nuint)TLane.Count, length = (nuint)_inputSize;
        ref float input = ref MemoryMarshal.GetReference(x);
        ref float output = ref MemoryMarshal.GetReference(y);
        ref float w = ref MemoryMarshal.GetArrayDataReference(_weights);
        ref float bias = ref MemoryMarshal.GetArrayDataReference(_bias);
        for (nuint block = 0; block < (nuint)_blocks; block++)
        {
            var sum = TLane.Load(in bias, block * n);
            for (nuint k = 0; k < length; k++)
            {
                sum = TLane.Fma(TLane.Load(in w, 0), TLane.Broadcast(Unsafe.Add(ref input, k)), sum);
                w = ref Unsafe.Add(ref w, n);
            }

            TLane.Store(sum, ref output, block * n);
        }
    }
}
