using System.Globalization;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Numerics;

/// <summary>Rounds floats to bfloat16: the nearest one, a tie to the one whose last bit is 0. A bfloat16 stays what it is.</summary>
/// <remarks>
/// A bfloat16 is the upper half of a float32, so the rule is one on whole numbers: add just under half of the lower half's range, and one more
/// when the upper half is odd; then drop the lower half.
/// <code>
///   0x3F80_8000  tie, even below: + 0x7FFF = 0x3F80_FFFF -> 0x3F80_0000
///   0x3F81_8000  tie, odd below:  + 0x8000 = 0x3F82_0000 -> 0x3F82_0000
/// </code>
/// </remarks>
public static class BFloat16Rounding
{
    private const uint LowerHalf = 0xFFFF;

    /// <summary>Whether a float is a bfloat16: its low 16 bits are zero.</summary>
    public static bool IsExact(float value) => (BitConverter.SingleToUInt32Bits(value) & LowerHalf) == 0;

    /// <summary>The nearest bfloat16, ties to even.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite, or so large that it would become infinite.</exception>
    public static float Round(float value) => TryRound(value, out var rounded)
        ? rounded
        : throw new ArgumentOutOfRangeException(nameof(value), value, string.Create(CultureInfo.InvariantCulture, $"{value} {Rule}"));

    /// <summary>A model's weight matrices in a precision; biases and scaling stay as they are.</summary>
    internal static LstmParameters Apply(LstmParameters parameters, WeightPrecision precision)
    {
        if (!Enum.IsDefined(precision))
        {
            throw new ArgumentOutOfRangeException(nameof(precision), precision,
                $"The weight precision is {precision}; it must be one of {string.Join(", ", Enum.GetNames<WeightPrecision>())}.");
        }

        // Widening is exact: the floats in memory are float32 already.
        if (precision == WeightPrecision.Float32)
            return parameters with { Precision = precision };
        if (FirstProblem(parameters) is var (tensor, problem))
            throw new ArgumentException($"'{tensor}' {problem}", nameof(parameters));
        return parameters with
        {
            Precision = precision,
            Layers = [.. parameters.Layers.Select(layer => layer with
            {
                WeightIh = Rounded(layer.WeightIh),
                WeightHh = Rounded(layer.WeightHh),
                WeightHr = layer.WeightHr is null ? null : Rounded(layer.WeightHr),
            })],
            Head = parameters.Head is { } head ? head with { Weight = Rounded(head.Weight) } : null,
        };
    }

    /// <summary>The first weight that has no finite bfloat16 near it: its tensor and the rest of a sentence; null if there is none.</summary>
    internal static (string Tensor, string Problem)? FirstProblem(LstmParameters parameters)
    {
        foreach (var item in ParameterTensors.Of(parameters).Where(item => ParameterNames.IsWeight(item.Name)))
        {
            var index = Array.FindIndex(item.Values ?? [], value => !TryRound(value, out _));
            if (index >= 0)
                return (item.Name, string.Create(CultureInfo.InvariantCulture, $"at index {index}: {item.Values![index]} {Rule}"));
        }

        return null;
    }

    private const string Rule = "cannot be rounded to bfloat16; a weight must be finite, and the largest bfloat16 is 3.3895314E+38. "
        + "Keep float32 weights, or train or scale the model again.";

    private static float[] Rounded(float[] values) => Array.ConvertAll(values, Round);

    private static bool TryRound(float value, out float rounded)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        rounded = BitConverter.UInt32BitsToSingle((bits + (LowerHalf >> 1) + ((bits >> 16) & 1)) & ~LowerHalf);
        return float.IsFinite(value) && float.IsFinite(rounded);
    }
}
