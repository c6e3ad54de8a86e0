namespace LstmOrleans.Numerics;

/// <summary>Checks that every array of parameters has the length its shape demands and holds finite numbers.</summary>
public static class LstmParametersValidator
{
    /// <summary>Throws at the first broken rule; the message names the parameter as PyTorch does.</summary>
    /// <exception cref="ArgumentException">An array is missing, has another length, or holds a NaN or an infinity.</exception>
    public static void Validate(LstmParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        var shape = parameters.Shape.Validate();
        int expected = shape.NumLayers * shape.Directions;
        if (parameters.Layers.Count != expected)
            throw new ArgumentException($"There are {parameters.Layers.Count} layers of parameters; num_layers * directions is {expected}.", nameof(parameters));
        long rows = 4L * shape.HiddenSize;
        for (int index = 0; index < expected; index++)
        {
            int layer = index / shape.Directions;
            string suffix = $"l{layer}{(index % shape.Directions == 1 ? "_reverse" : "")}";
            var weights = parameters.Layers[index];
            Require(weights.WeightIh, $"weight_ih_{suffix}", rows * shape.LayerInputSize(layer));
            Require(weights.WeightHh, $"weight_hh_{suffix}", rows * shape.StateSize);
            Require(weights.BiasIh, $"bias_ih_{suffix}", shape.Bias ? rows : null);
            Require(weights.BiasHh, $"bias_hh_{suffix}", shape.Bias ? rows : null);
            Require(weights.WeightHr, $"weight_hr_{suffix}", shape.ProjSize > 0 ? (long)shape.ProjSize * shape.HiddenSize : null);
        }

        if (parameters.Scaling is { } scaling)
        {
            Require(scaling.Mean, "scaling.mean", shape.InputSize);
            Require(scaling.InverseScale, "scaling.inverse_scale", shape.InputSize);
        }

        if (parameters.Head is { } head)
        {
            if (head.OutputSize is < 1 or > LstmShape.MaxSize)
                throw new ArgumentException($"The head has {head.OutputSize} outputs; it must have from 1 to {LstmShape.MaxSize}.", nameof(parameters));
            if (!Enum.IsDefined(head.Activation))
                throw new ArgumentException($"The head's activation is {head.Activation}; known are {string.Join(", ", Enum.GetNames<HeadActivation>())}.", nameof(parameters));
            Require(head.Weight, "head.weight", (long)head.OutputSize * shape.OutputSize);
            Require(head.Bias, "head.bias", head.Bias == null ? null : head.OutputSize);
        }

        if (parameters.FeatureNames is { Count: > 0 } names && names.Count != shape.InputSize)
            throw new ArgumentException($"There are {names.Count} feature names; input_size is {shape.InputSize}. Give one for each, or none.", nameof(parameters));
    }

    private static void Require(float[]? values, string name, long? length)
    {
        if (length == null)
        {
            if (values != null)
                throw new ArgumentException($"{name} is given, but the shape has none.", name);
            return;
        }

        if (values == null)
            throw new ArgumentException($"{name} is missing; the shape demands {length} values.", name);
        if (values.Length != length)
            throw new ArgumentException($"{name} has {values.Length} values; the shape demands {length}.", name);
        int bad = Array.FindIndex(values, value => !float.IsFinite(value));
        if (bad >= 0)
            throw new ArgumentException($"{name}[{bad}] is {values[bad]}; parameters must be finite.", name);
    }
}
