namespace LstmOrleans.Numerics.ModelFile;

/// <summary>A model as it came out of a file.</summary>
/// <param name="Parameters">The checked parameters.</param>
/// <param name="Hash">SHA-256 of the whole file: the model's identity.</param>
public readonly record struct LoadedModel(LstmParameters Parameters, ModelHash Hash);

/// <summary>The product's own model file: safetensors with PyTorch's names, and in its metadata a manifest and a checksum.</summary>
/// <remarks>
/// Any safetensors reader can open it. This one takes it only whole and exact: the checksum is right, each tensor of the manifest
/// exists with its shape and type, there is no other, and every number is finite.
/// </remarks>
public static class LstmModelFile
{
    internal const string ManifestKey = "lstm_orleans";
    internal const string ChecksumKey = "lstm_orleans_checksum";

    /// <summary>Whether a safetensors file claims to be a model file; <see cref="Parse"/> then tells whether it is a whole one.</summary>
    public static bool HasManifest(SafetensorsFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return file.Metadata.ContainsKey(ManifestKey);
    }

    /// <summary>Reads a model file.</summary>
    /// <exception cref="ModelFileException">The content is not a model, or damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static LoadedModel Read(string path) => Parse(SafetensorsFile.ReadWhole(path), path);

    /// <summary>Reads a model from the bytes of its file.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="source">What messages call the file.</param>
    /// <exception cref="ModelFileException">The content is not a model, or damaged.</exception>
    public static LoadedModel Parse(ReadOnlyMemory<byte> bytes, string source)
    {
        var file = SafetensorsFile.Parse(bytes, source);
        if (!file.Metadata.TryGetValue(ManifestKey, out var text))
        {
            throw new ModelFileException(source, null,
                $"metadata has no '{ManifestKey}'; a model file has its manifest there. If this is a PyTorch state_dict, import it first.");
        }

        var manifest = ModelManifest.Parse(text, source);
        RequireChecksum(file, text);
        var precision = manifest.Precision();
        RequireTypes(file, precision);
        var shape = manifest.ToShape(source);

        var reader = new ParameterReader(file, prefix: "");
        var layers = reader.ReadLayers(shape);
        var scaling = manifest.InputScaling ? ReadScaling(reader, shape) : null;
        var head = manifest.Head is { } described ? ReadHead(reader, shape, described, source) : null;
        if (reader.Untaken is [var unknown, ..])
        {
            throw new ModelFileException(source, unknown, "is not part of the model that the manifest describes; "
                + "a model file has no other tensors. Import the model again.");
        }

        var parameters = new LstmParameters(shape, layers, scaling, head, manifest.FeatureNames, precision);
        return ParameterCheck.FirstProblem(parameters) is { } problem
            ? throw new ModelFileException(source, null, $"manifest and tensors do not make a model: {problem} Import the model again.")
            : new LoadedModel(parameters, ModelHash.Of(bytes.Span));
    }

    /// <summary>The bytes of a model's file; the same parameters always give the same bytes.</summary>
    /// <exception cref="ArgumentException">The parameters contradict their shape, or are not finite.</exception>
    public static byte[] ToBytes(LstmParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ParameterCheck.ThrowIfBroken(parameters, nameof(parameters));
        var manifest = ModelManifest.Of(parameters).ToText();
        SafetensorsTensor[] tensors = [.. ParameterTensors.Of(parameters).Select(item =>
            TypeOf(item.Name, parameters.Precision) == TensorType.BF16
                ? SafetensorsTensor.FromBFloat16s(item.Name, item.Sizes, item.Values)
                : SafetensorsTensor.FromFloats(item.Name, item.Sizes, item.Values))];
        return SafetensorsWriter.ToBytes(tensors, new Dictionary<string, string>
        {
            [ManifestKey] = manifest,
            [ChecksumKey] = ModelChecksum.Of(manifest, tensors),
        });
    }

    /// <summary>Writes a model file: readers see the old file or the whole new one, also after a crash.</summary>
    /// <returns>The model's identity.</returns>
    /// <exception cref="ArgumentException">The parameters contradict their shape, or are not finite.</exception>
    /// <exception cref="IOException">The file cannot be written; what was at the path is unchanged.</exception>
    public static ModelHash Write(LstmParameters parameters, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var bytes = ToBytes(parameters);
        AtomicFile.Write(path, bytes);
        return ModelHash.Of(bytes);
    }

    private static void RequireChecksum(SafetensorsFile file, string manifest)
    {
        if (!file.Metadata.TryGetValue(ChecksumKey, out var stored))
        {
            throw new ModelFileException(file.Source, null, $"metadata has no '{ChecksumKey}'; a model file has its checksum there. "
                + "Import the model again.");
        }

        var computed = ModelChecksum.Of(manifest, file.Tensors);
        if (!string.Equals(stored, computed, StringComparison.Ordinal))
        {
            throw new ModelFileException(file.Source, null,
                $"checksum is {ModelFileException.Quote(stored)}, but the content gives '{computed}'. The file is damaged or was edited; "
                    + "copy or import it again.");
        }
    }

    // One form for one precision: two files that mean the same model would have two hashes otherwise.
    private static TensorType TypeOf(string tensor, WeightPrecision precision) =>
        precision == WeightPrecision.BFloat16 && ParameterNames.IsWeight(tensor) ? TensorType.BF16 : TensorType.F32;

    private static void RequireTypes(SafetensorsFile file, WeightPrecision precision)
    {
        foreach (var tensor in file.Tensors)
        {
            if (tensor.Type != TypeOf(tensor.Name, precision))
            {
                var rule = precision == WeightPrecision.BFloat16 ? "weight matrices must be BF16 and all else F32" : "every tensor must be F32";
                throw new ModelFileException(file.Source, tensor.Name, $"is {TensorTypes.NameOf(tensor.Type)}; "
                    + $"the manifest says weights '{precision.Name()}', so {rule}. Import the model again.");
            }
        }
    }

    private static InputScaling ReadScaling(ParameterReader reader, LstmShape shape) => new(
        reader.Take(ParameterNames.ScalingMean, [shape.InputSize], "(input_size)"),
        reader.Take(ParameterNames.ScalingInverseScale, [shape.InputSize], "(input_size)"));

    private static LinearHead ReadHead(ParameterReader reader, LstmShape shape, HeadManifest described, string source)
    {
        var activation = ModelManifest.ActivationOf(described.Activation, source);
        var weight = reader.Take(
            ParameterNames.HeadWeight, [described.OutputSize, shape.OutputSize], "(outputs of the head, output size of the LSTM)");
        var bias = described.Bias ? reader.Take(ParameterNames.HeadBias, [described.OutputSize], "(outputs of the head)") : null;
        return new LinearHead(weight, bias, described.OutputSize, activation);
    }
}
