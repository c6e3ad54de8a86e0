using System.Globalization;

namespace LstmOrleans.Numerics.ModelFile;

/// <summary>Checks parameters that were made in code: every array has the length its shape says, and every number is finite.</summary>
internal static class ParameterCheck
{
    /// <exception cref="ArgumentException">A rule is broken; the message names the tensor, the value and the rule.</exception>
    public static void ThrowIfBroken(LstmParameters parameters, string argument)
    {
        var shape = parameters.Shape.Validate();
        if (parameters.Layers.Count != shape.NumLayers * shape.Directions)
        {
            throw new ArgumentException(
                $"Layers has {parameters.Layers.Count} entries; num_layers {shape.NumLayers} * directions {shape.Directions} are needed.", argument);
        }

        if (parameters.Head is { } head)
            CheckHead(head, argument);
        CheckNothingUnused(shape, parameters.Layers, argument);
        foreach (var (name, sizes, values) in ParameterTensors.Of(parameters))
            CheckValues(name, sizes, values, argument);
        if (parameters.FeatureNames is { Count: > 0 } names)
            CheckFeatureNames(names, shape.InputSize, argument);
    }

    private static void CheckHead(LinearHead head, string argument)
    {
        if (head.OutputSize is < 1 or > LstmShape.MaxSize)
            throw new ArgumentException($"The head's output size is {head.OutputSize}; it must be from 1 to {LstmShape.MaxSize}.", argument);
        if (!Enum.IsDefined(head.Activation))
            throw new ArgumentException($"The head's activation is {head.Activation}; it must be one of {string.Join(", ", Enum.GetNames<HeadActivation>())}.", argument);
    }

    // An array that the shape has no use for means that shape and arrays come from different models.
    private static void CheckNothingUnused(LstmShape shape, IReadOnlyList<LayerParameters> layers, string argument)
    {
        foreach (var layer in layers)
        {
            if (!shape.Bias && (layer.BiasIh ?? layer.BiasHh) is not null)
                throw new ArgumentException("A layer has bias values; the shape has no bias. Set Bias, or leave them null.", argument);
            if (shape.ProjSize == 0 && layer.WeightHr is not null)
                throw new ArgumentException("A layer has weight_hr values; the shape has proj_size 0. Set ProjSize, or leave them null.", argument);
        }
    }

    private static void CheckValues(string name, long[] sizes, float[]? values, string argument)
    {
        var expected = sizes.Aggregate(1L, (product, size) => product * size);
        if (values?.Length != expected)
        {
            throw new ArgumentException(
                $"'{name}' has {values?.Length.ToString(CultureInfo.InvariantCulture) ?? "no"} values; shape {SafetensorsTensor.ShapeText(sizes)} needs {expected}.", argument);
        }

        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                throw new ArgumentException($"'{name}' has {values[i]} at index {i}; every parameter must be finite.", argument);
        }
    }

    private static void CheckFeatureNames(IReadOnlyList<string> names, int inputSize, string argument)
    {
        if (names.Count != inputSize)
            throw new ArgumentException($"There are {names.Count} feature names; input_size is {inputSize}. Give one name for each feature, or none.", argument);
        if (names.Any(string.IsNullOrWhiteSpace))
            throw new ArgumentException("A feature name is empty; give every feature a name, or none.", argument);
        if (names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"Feature name '{twice.Key}' appears {twice.Count()} times; names must be unique.", argument);
    }
}
