namespace LstmOrleans.Numerics.ModelFile;

/// <summary>Takes parameters out of a file by name and remembers which: each must exist, have the expected shape and be finite.</summary>
internal sealed class ParameterReader
{
    private readonly SafetensorsFile _file;
    private readonly string _prefix;
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    public ParameterReader(SafetensorsFile file, string prefix)
    {
        _file = file;
        _prefix = prefix;
    }

    /// <summary>Tensors of the file that nobody took.</summary>
    public IReadOnlyList<string> Untaken => [.. _file.Tensors.Select(tensor => tensor.Name).Where(name => !_taken.Contains(name))];

    /// <summary>All layers and directions of a shape, in the order of <see cref="LstmParameters.Layers"/>.</summary>
    public LayerParameters[] ReadLayers(LstmShape shape)
    {
        // A shape may claim a million layers; the list grows only by layers that were found.
        var layers = new List<LayerParameters>();
        for (var layer = 0; layer < shape.NumLayers; layer++)
        {
            for (var direction = 0; direction < shape.Directions; direction++)
                layers.Add(ReadLayer(shape, layer, direction));
        }

        return [.. layers];
    }

    /// <summary>One tensor as floats.</summary>
    /// <param name="name">The full name.</param>
    /// <param name="expected">The shape that it must have.</param>
    /// <param name="reason">Where that shape comes from, for the message.</param>
    public float[] Take(string name, ReadOnlySpan<long> expected, string reason)
    {
        if (!_file.TryGetTensor(name, out var tensor))
        {
            throw new ModelFileException(_file.Source, name,
                $"is missing; the model needs it with shape {SafetensorsTensor.ShapeText(expected)}, {reason}. Save the whole state_dict.");
        }

        if (!tensor.Shape.SequenceEqual(expected))
        {
            throw new ModelFileException(_file.Source, name,
                $"has shape {SafetensorsTensor.ShapeText(tensor.Shape)}; it must be {SafetensorsTensor.ShapeText(expected)}, {reason}. "
                    + "Check that all tensors come from one model.");
        }

        var values = tensor.ReadFloats(_file.Source);
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                throw new ModelFileException(_file.Source, name,
                    $"has {values[i]} at index {i}; every parameter must be finite. Train or export the model again.");
            }
        }

        _taken.Add(name);
        return values;
    }

    private LayerParameters ReadLayer(LstmShape shape, int layer, int direction)
    {
        long gateRows = 4L * shape.HiddenSize;
        var inputReason = layer == 0 ? "(4 * hidden_size, input_size)" : "(4 * hidden_size, directions * output size of the layer below)";
        var stateReason = shape.ProjSize > 0 ? "(4 * hidden_size, proj_size)" : "(4 * hidden_size, hidden_size), as there is no weight_hr";
        const string BiasReason = "(4 * hidden_size)";

        return new LayerParameters(
            WeightIh: Take(Name(ParameterNames.WeightIh), [gateRows, shape.LayerInputSize(layer)], inputReason),
            WeightHh: Take(Name(ParameterNames.WeightHh), [gateRows, shape.StateSize], stateReason),
            BiasIh: shape.Bias ? Take(Name(ParameterNames.BiasIh), [gateRows], BiasReason) : null,
            BiasHh: shape.Bias ? Take(Name(ParameterNames.BiasHh), [gateRows], BiasReason) : null,
            WeightHr: shape.ProjSize > 0
                ? Take(Name(ParameterNames.WeightHr), [shape.ProjSize, shape.HiddenSize], "(proj_size, hidden_size)")
                : null);

        string Name(string kind) => _prefix + ParameterNames.Of(kind, layer, direction);
    }
}
