namespace LstmOrleans.Numerics.ModelFile;

/// <summary>The tensors that a model consists of, under the names of its file.</summary>
internal static class ParameterTensors
{
    /// <summary>One tensor; <c>Values</c> is null where the shape demands a tensor that is not there.</summary>
    public readonly record struct Item(string Name, long[] Sizes, float[]? Values);

    public static IEnumerable<Item> Of(LstmParameters parameters)
    {
        var shape = parameters.Shape;
        long gateRows = 4L * shape.HiddenSize;
        for (var i = 0; i < parameters.Layers.Count; i++)
        {
            var (layer, direction) = Math.DivRem(i, shape.Directions);
            var entry = parameters.Layers[i];
            yield return Named(ParameterNames.WeightIh, [gateRows, shape.LayerInputSize(layer)], entry.WeightIh);
            yield return Named(ParameterNames.WeightHh, [gateRows, shape.StateSize], entry.WeightHh);
            if (shape.Bias)
            {
                yield return Named(ParameterNames.BiasIh, [gateRows], entry.BiasIh);
                yield return Named(ParameterNames.BiasHh, [gateRows], entry.BiasHh);
            }

            if (shape.ProjSize > 0)
                yield return Named(ParameterNames.WeightHr, [shape.ProjSize, shape.HiddenSize], entry.WeightHr);

            Item Named(string kind, long[] sizes, float[]? values) => new(ParameterNames.Of(kind, layer, direction), sizes, values);
        }

        if (parameters.Scaling is { } scaling)
        {
            yield return new Item(ParameterNames.ScalingMean, [shape.InputSize], scaling.Mean);
            yield return new Item(ParameterNames.ScalingInverseScale, [shape.InputSize], scaling.InverseScale);
        }

        if (parameters.Head is { } head)
        {
            yield return new Item(ParameterNames.HeadWeight, [head.OutputSize, shape.OutputSize], head.Weight);
            if (head.Bias is not null)
                yield return new Item(ParameterNames.HeadBias, [head.OutputSize], head.Bias);
        }
    }
}
