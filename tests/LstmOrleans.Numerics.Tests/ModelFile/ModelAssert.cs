using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Numerics.Tests.ModelFile;

/// <summary>Asserts about models and about what is said of broken files.</summary>
internal static class ModelAssert
{
    /// <summary>Same sizes and options, and every float the same bits: 0 and -0 differ.</summary>
    public static void BitEqual(LstmParameters expected, LstmParameters actual)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        Assert.Equal(expected.Precision, actual.Precision);
        Assert.Equal(expected.Layers.Count, actual.Layers.Count);
        foreach (var (one, other) in expected.Layers.Zip(actual.Layers))
        {
            BitEqual(one.WeightIh, other.WeightIh);
            BitEqual(one.WeightHh, other.WeightHh);
            BitEqual(one.BiasIh, other.BiasIh);
            BitEqual(one.BiasHh, other.BiasHh);
            BitEqual(one.WeightHr, other.WeightHr);
        }

        Assert.Equal(expected.Scaling is null, actual.Scaling is null);
        BitEqual(expected.Scaling?.Mean, actual.Scaling?.Mean);
        BitEqual(expected.Scaling?.InverseScale, actual.Scaling?.InverseScale);
        Assert.Equal(expected.Head?.OutputSize, actual.Head?.OutputSize);
        Assert.Equal(expected.Head?.Activation, actual.Head?.Activation);
        BitEqual(expected.Head?.Weight, actual.Head?.Weight);
        BitEqual(expected.Head?.Bias, actual.Head?.Bias);
        Assert.Equal(expected.FeatureNames ?? [], actual.FeatureNames ?? []);
    }

    public static void BitEqual(float[]? expected, float[]? actual) =>
        Assert.Equal(expected?.Select(BitConverter.SingleToInt32Bits), actual?.Select(BitConverter.SingleToInt32Bits));

    /// <summary>Reading is refused with a one-line message that names the file first, then the tensor if one is at fault, and contains all parts.</summary>
    public static void Refused(string file, string? tensor, Action read, params ReadOnlySpan<string> parts)
    {
        var refusal = Assert.Throws<ModelFileException>(read);

        Assert.StartsWith(tensor is null ? $"{file}: " : $"{file}: tensor '{tensor}' ", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(file, refusal.FileName);
        Assert.Equal(tensor, refusal.TensorName);
        Assert.DoesNotContain(refusal.Message, char.IsControl);
        foreach (var part in parts)
            Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
    }
}
