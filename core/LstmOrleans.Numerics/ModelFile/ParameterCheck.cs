using System.Globalization;
using System.Text;

namespace LstmOrleans.Numerics.ModelFile;

/// <summary>Checks that parameters are a model: every array has the length its shape says, every number is finite, and fits its precision.</summary>
internal static class ParameterCheck
{
    /// <exception cref="ArgumentException">A rule is broken; the message names the tensor, the value and the rule.</exception>
    public static void ThrowIfBroken(LstmParameters parameters, string argument)
    {
        if (FirstProblem(parameters) is { } problem)
            throw new ArgumentException(problem, argument);
    }

    /// <summary>The first broken rule as a sentence, or null.</summary>
    public static string? FirstProblem(LstmParameters parameters) =>
        parameters.Shape.FirstProblem()?.Message
        ?? LayerProblem(parameters.Shape, parameters.Layers)
        ?? HeadProblem(parameters.Head)
        ?? PrecisionProblem(parameters.Precision)
        ?? ParameterTensors.Of(parameters).Select(item => ValueProblem(item) ?? RoundingProblem(item, parameters.Precision))
            .FirstOrDefault(problem => problem is not null)
        ?? FeatureNameProblem(parameters.FeatureNames ?? [], parameters.Shape.InputSize);

    private static string? LayerProblem(LstmShape shape, IReadOnlyList<LayerParameters> layers)
    {
        if (layers.Count != shape.NumLayers * shape.Directions)
            return $"Layers has {layers.Count} entries; num_layers {shape.NumLayers} * directions {shape.Directions} are needed.";
        // An array that the shape has no use for means that shape and arrays come from different models.
        if (!shape.Bias && layers.Any(layer => (layer.BiasIh ?? layer.BiasHh) is not null))
            return "A layer has bias values; the shape has no bias. Set Bias, or leave them null.";
        if (shape.ProjSize == 0 && layers.Any(layer => layer.WeightHr is not null))
            return "A layer has weight_hr values; the shape has proj_size 0. Set ProjSize, or leave them null.";
        return null;
    }

    private static string? HeadProblem(LinearHead? head)
    {
        if (head is null)
            return null;
        if (head.OutputSize is < 1 or > LstmShape.MaxSize)
            return $"The head's output size is {head.OutputSize}; it must be from 1 to {LstmShape.MaxSize}.";
        if (!Enum.IsDefined(head.Activation))
            return $"The head's activation is {head.Activation}; it must be one of {string.Join(", ", Enum.GetNames<HeadActivation>())}.";
        return null;
    }

    private static string? ValueProblem(ParameterTensors.Item item)
    {
        var expected = item.Sizes.Aggregate(1L, (product, size) => product * size);
        if (item.Values?.Length != expected)
        {
            var actual = item.Values?.Length.ToString(CultureInfo.InvariantCulture) ?? "no";
            return $"'{item.Name}' has {actual} values; shape {SafetensorsTensor.ShapeText(item.Sizes)} needs {expected}. Give the array that belongs to this shape.";
        }

        var index = Array.FindIndex(item.Values, value => !float.IsFinite(value));
        return index < 0 ? null : $"'{item.Name}' has {item.Values[index]} at index {index}; every parameter must be finite. Train the model again, or use an earlier checkpoint.";
    }

    private static string? PrecisionProblem(WeightPrecision precision) => Enum.IsDefined(precision)
        ? null
        : $"The weight precision is {precision}; it must be one of {string.Join(", ", Enum.GetNames<WeightPrecision>())}.";

    // Rounding here instead would give another model than the caller has, without a word.
    private static string? RoundingProblem(ParameterTensors.Item item, WeightPrecision precision)
    {
        if (precision != WeightPrecision.BFloat16 || !ParameterNames.IsWeight(item.Name))
            return null;
        var index = Array.FindIndex(item.Values!, value => !BFloat16Rounding.IsExact(value));
        return index < 0
            ? null
            : string.Create(CultureInfo.InvariantCulture,
                $"'{item.Name}' has {item.Values![index]} at index {index}; a weight of a {precision.Name()} model must be a bfloat16 exactly, ")
                + "its low 16 bits zero. Round them with WithPrecision(WeightPrecision.BFloat16).";
    }

    private static string? FeatureNameProblem(IReadOnlyList<string> names, int inputSize)
    {
        if (names.Count == 0)
            return null;
        if (names.Count != inputSize)
            return $"There are {names.Count} feature names; input_size is {inputSize}. Give one name for each feature, or none.";
        if (names.Any(string.IsNullOrWhiteSpace))
            return "A feature name is empty; give every feature a name, or none.";
        // Half a surrogate pair comes back from a file as U+FFFD: another name than was given.
        if (names.FirstOrDefault(name => name.EnumerateRunes().Contains(Rune.ReplacementChar)) is { } broken)
            return $"Feature name {ModelFileException.Quote(broken)} is not valid Unicode; give it in whole characters.";
        if (names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            return $"Feature name {ModelFileException.Quote(twice.Key)} appears {twice.Count()} times; names must be unique.";
        return null;
    }
}
