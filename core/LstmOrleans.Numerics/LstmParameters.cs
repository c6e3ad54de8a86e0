namespace LstmOrleans.Numerics;

/// <summary>Trained parameters as PyTorch lays them out, before they are packed: everything a model file holds.</summary>
/// <param name="Shape">The sizes; each array's length follows from it.</param>
/// <param name="Layers">L * D entries; entry <c>layer * D + direction</c>.</param>
/// <param name="Scaling">What is done to an event before the first layer; absent = nothing.</param>
/// <param name="Head">What turns a step's output into an answer; absent = the output is the answer.</param>
/// <param name="FeatureNames">Names of the I features, or empty.</param>
/// <param name="Precision">Stored form of all weight matrices (not of biases); with BFloat16 every weight must be a bfloat16 value exactly.</param>
public sealed record LstmParameters(
    LstmShape Shape,
    IReadOnlyList<LayerParameters> Layers,
    InputScaling? Scaling = null,
    LinearHead? Head = null,
    IReadOnlyList<string>? FeatureNames = null,
    WeightPrecision Precision = WeightPrecision.Float32)
{
    /// <summary>The same model with its weight matrices in a precision: rounded to the nearest bfloat16 (ties to even), or widened exactly.</summary>
    /// <exception cref="ArgumentException">A weight is not finite, or too large for a finite bfloat16; the message says which.</exception>
    public LstmParameters WithPrecision(WeightPrecision precision) => BFloat16Rounding.Apply(this, precision);
}

/// <summary>One layer and direction. Row order of the gates is i, f, g, o. K = P with a projection, else H.</summary>
/// <param name="WeightIh"><c>weight_ih</c>, (4H, input size of the layer).</param>
/// <param name="WeightHh"><c>weight_hh</c>, (4H, K).</param>
/// <param name="BiasIh"><c>bias_ih</c>, (4H), or null without bias.</param>
/// <param name="BiasHh"><c>bias_hh</c>, (4H), or null without bias.</param>
/// <param name="WeightHr"><c>weight_hr</c>, (P, H), or null without projection.</param>
public sealed record LayerParameters(float[] WeightIh, float[] WeightHh, float[]? BiasIh, float[]? BiasHh, float[]? WeightHr);

/// <summary>Scales an event: <c>(x - mean) * inverse_scale</c>, two roundings.</summary>
/// <param name="Mean">(I)</param>
/// <param name="InverseScale">(I)</param>
public sealed record InputScaling(float[] Mean, float[] InverseScale);

/// <summary>An optional last linear layer over the output of a step.</summary>
/// <param name="Weight">(O, D*K), as <c>torch.nn.Linear.weight</c>.</param>
/// <param name="Bias">(O), or null.</param>
/// <param name="OutputSize">O: floats of one answer.</param>
/// <param name="Activation">Applied to each result.</param>
public sealed record LinearHead(float[] Weight, float[]? Bias, int OutputSize, HeadActivation Activation = HeadActivation.None);

/// <summary>Activation after the head's linear layer.</summary>
public enum HeadActivation
{
    /// <summary>The linear result itself.</summary>
    None,

    /// <summary>Logistic sigmoid.</summary>
    Sigmoid,

    /// <summary>Hyperbolic tangent.</summary>
    Tanh,

    /// <summary>max(0, x).</summary>
    Relu,
}
