using System.Globalization;

namespace LstmOrleans.Numerics.ModelFile;

/// <summary>Names of parameters, as <c>torch.nn.LSTM</c> spells them, and our own for what comes before and after the layers.</summary>
internal static class ParameterNames
{
    public const string WeightIh = "weight_ih";
    public const string WeightHh = "weight_hh";
    public const string BiasIh = "bias_ih";
    public const string BiasHh = "bias_hh";
    public const string WeightHr = "weight_hr";
    public const string ReverseSuffix = "_reverse";

    public const string HeadWeight = "head.weight";
    public const string HeadBias = "head.bias";
    public const string ScalingMean = "scaling.mean";
    public const string ScalingInverseScale = "scaling.inverse_scale";

    /// <summary>Whether a tensor of a model is a weight matrix, and so stored in the model's weight precision.</summary>
    public static bool IsWeight(string name) => name == HeadWeight
        || name.StartsWith(WeightIh + "_l", StringComparison.Ordinal)
        || name.StartsWith(WeightHh + "_l", StringComparison.Ordinal)
        || name.StartsWith(WeightHr + "_l", StringComparison.Ordinal);

    /// <summary><c>weight_ih_l0</c>, <c>weight_ih_l0_reverse</c> and so on.</summary>
    public static string Of(string kind, int layer, int direction) =>
        string.Create(CultureInfo.InvariantCulture, $"{kind}_l{layer}{(direction == 1 ? ReverseSuffix : "")}");
}
