using System.Runtime.CompilerServices;

namespace LstmOrleans.Numerics.Kernels;

/// <summary>A weight matrix and its bias, packed once for a lane width: the layout that <see cref="PanelProduct"/> reads from front to back.</summary>
/// <remarks>
/// A panel is four registers wide and lies in two halves, each of which a product reads from front to back: for each input k two registers' weights
/// side by side.
/// <code>
///   gates (PyTorch: 4H x I and 4H x K_h)          packed (ceil(H/n), 2, I + K_h, 2, n), here n = 8
///     row 0..H-1    i                               panel 0, half 0:  k=0  i0..i7 | f0..f7     half 1:  k=0  g0..g7 | o0..o7
///     row H..2H-1   f                    ==>                          k=1  i0..i7 | f0..f7              k=1  g0..g7 | o0..o7
///     row 2H..3H-1  g                                                 ...                               ...
///     row 3H..4H-1  o                               panel 1, half 0:  k=0  i8..i15 | f8..f15   ...
///
///   linear (PyTorch: O x K)                        packed (ceil(O/4n), 2, K, 2, n)
///     row 0..O-1                         ==>        panel 0, half 0:  k=0  y0..y7 | y8..y15    half 1:  k=0  y16..y23 | y24..y31
/// </code>
/// In a gate panel the first I inputs are <c>weight_ih</c>, the others <c>weight_hh</c>: a row is [x | h]. Outputs beyond the matrix have weight
/// and bias 0, so there is no tail with other roundings. As bfloat16, k and k + 1 (k even) share the 32 bits of one place, k in the lower half.
/// </remarks>
internal sealed class PackedPanels
{
    /// <summary>Registers of a panel.</summary>
    public const int Registers = 4;

    private readonly AlignedBuffer _weights;
    private readonly float[] _bias;
    private readonly int _lanes;
    private readonly int _pairing;
    private readonly int _places;

    private PackedPanels(int panels, int length, int lanes, int pairing)
    {
        (Panels, Length, _lanes, _pairing) = (panels, length, lanes, pairing);
        _places = (length + pairing - 1) / pairing;
        _bias = new float[checked(panels * Width)];
        _weights = new AlignedBuffer(checked(panels * _places * Width));
    }

    /// <summary>Number of panels.</summary>
    public int Panels { get; }

    /// <summary>K: length of an input row.</summary>
    public int Length { get; }

    /// <summary>Outputs of one panel: 4n.</summary>
    public int Width => Registers * _lanes;

    /// <summary>The weights of one layer and direction; panel p holds the four gates of cells p*n to p*n + n - 1.</summary>
    public static PackedPanels OfGates(LayerParameters layer, int inputSize, int stateSize, int hiddenSize, int lanes, int pairing)
    {
        var packed = new PackedPanels((hiddenSize + lanes - 1) / lanes, inputSize + stateSize, lanes, pairing);
        for (int cell = 0; cell < hiddenSize; cell++)
        {
            for (int gate = 0; gate < Registers; gate++)
            {
                int row = (gate * hiddenSize) + cell;
                float bias = layer.BiasIh is { } biasIh && layer.BiasHh is { } biasHh ? biasIh[row] + biasHh[row] : 0;
                packed.SetRow(cell / lanes, gate, cell % lanes, bias, layer.WeightIh.AsSpan(row * inputSize, inputSize), layer.WeightHh.AsSpan(row * stateSize, stateSize));
            }
        }

        return packed;
    }

    /// <summary>The projection (<c>weight_hr</c>, no bias) or the head; panel p holds outputs 4n*p to 4n*p + 4n - 1.</summary>
    public static PackedPanels OfLinear(ReadOnlySpan<float> weight, float[]? bias, int outputSize, int inputSize, int lanes, int pairing)
    {
        int width = Registers * lanes;
        var packed = new PackedPanels((outputSize + width - 1) / width, inputSize, lanes, pairing);
        for (int row = 0; row < outputSize; row++)
            packed.SetRow(row / width, row % width / lanes, row % lanes, bias?[row] ?? 0, weight.Slice(row * inputSize, inputSize), []);
        return packed;
    }

    /// <summary>Floats from a weight in the first half of a panel to the one at the same place in the second.</summary>
    public int HalfPanel => _places * 2 * _lanes;

    /// <summary>The first half's weights of a panel from input <paramref name="k"/> on; k is a multiple of the pairing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref float Weights(int panel, int k) =>
        ref Unsafe.Add(ref _weights.First, ((nint)panel * 2 * HalfPanel) + (nint)(k / _pairing * 2 * _lanes));

    /// <summary>The bias of a panel.</summary>
    public ref float Bias(int panel) => ref _bias[panel * Width];

    private void SetRow(int panel, int register, int lane, float bias, ReadOnlySpan<float> weights, ReadOnlySpan<float> more)
    {
        _bias[(panel * Width) + (register * _lanes) + lane] = bias;
        for (int k = 0; k < Length; k++)
        {
            float value = k < weights.Length ? weights[k] : more[k - weights.Length];
            ref float place = ref Unsafe.Add(ref Weights(panel, k), (register / 2 * HalfPanel) + (register % 2 * _lanes) + lane);
            if (_pairing == 1)
                place = value;
            else
                SetHalf(ref Unsafe.As<float, uint>(ref place), BitConverter.SingleToUInt32Bits(value), upper: k % 2 == 1);
        }
    }

    private static void SetHalf(ref uint place, uint bits, bool upper) => place |= upper ? bits & 0xFFFF0000u : bits >> 16;
}
