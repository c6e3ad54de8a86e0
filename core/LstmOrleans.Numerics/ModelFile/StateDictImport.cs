using System.Globalization;
using System.Text.RegularExpressions;

namespace LstmOrleans.Numerics.ModelFile;

/// <summary>Makes a model of the state_dict of a user's own PyTorch module, saved as safetensors.</summary>
/// <remarks>
/// Every size is derived from the tensors, then each tensor is checked against all of them:
/// <code>
/// 4H, I   rows and columns of weight_ih_l0       D  2 when any ..._reverse exists
/// P       rows of weight_hr_l0, else 0           L  highest layer + 1
/// bias    any bias_ih or bias_hh exists
/// </code>
/// </remarks>
public static partial class StateDictImport
{
    private const string FirstParameter = ParameterNames.WeightIh + "_l0";

    /// <summary>Derives the sizes, checks them against each other and reads the parameters.</summary>
    /// <exception cref="ModelFileException">The tensors are not those of one LSTM and its head; the message says which.</exception>
    /// <exception cref="ArgumentException">An option cannot be right for any model.</exception>
    public static ImportedStateDict Import(SafetensorsFile file, StateDictImportOptions options)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(options);
        var prefix = options.Prefix is null ? FindOnlyPrefix(file) : CheckPrefix(file, Dotted(options.Prefix));
        var shape = DeriveShape(file, prefix, options);
        var reader = new ParameterReader(file, prefix);
        var layers = reader.ReadLayers(shape);
        var head = options.HeadPrefix is null ? null : ReadHead(file, reader, shape, Dotted(options.HeadPrefix), options.HeadActivation);
        RequireNothingLeftOfLstm(file, prefix, reader.Untaken);

        var parameters = WithPrecision(file, prefix, new LstmParameters(shape, layers, options.Scaling, head, options.FeatureNames), options);
        ParameterCheck.ThrowIfBroken(parameters, nameof(options));
        return new ImportedStateDict(parameters, prefix, reader.Untaken);
    }

    private static LstmParameters WithPrecision(SafetensorsFile file, string prefix, LstmParameters parameters, StateDictImportOptions options)
    {
        var precision = options.Precision
            ?? (ParameterTensors.Of(parameters).All(item => !ParameterNames.IsWeight(item.Name) || IsBFloat16(NameInFile(item.Name)))
                ? WeightPrecision.BFloat16
                : WeightPrecision.Float32);
        return precision == WeightPrecision.BFloat16 && BFloat16Rounding.FirstProblem(parameters) is var (tensor, problem)
            ? throw new ModelFileException(file.Source, NameInFile(tensor), problem)
            : parameters.WithPrecision(precision);

        bool IsBFloat16(string name) => file.TryGetTensor(name, out var found) && found.Type == TensorType.BF16;

        string NameInFile(string name) => name == ParameterNames.HeadWeight ? Dotted(options.HeadPrefix!) + "weight" : prefix + name;
    }

    // PyTorch joins module names with dots, so 'lstm' can only mean 'lstm.'.
    private static string Dotted(string prefix) => prefix.Length == 0 || prefix.EndsWith('.') ? prefix : prefix + '.';

    private static List<string> PrefixesOf(SafetensorsFile file) =>
    [
        .. file.Tensors.Select(tensor => tensor.Name)
            .Where(name => name == FirstParameter || name.EndsWith('.' + FirstParameter, StringComparison.Ordinal))
            .Select(name => name[..^FirstParameter.Length]),
    ];

    private static string FindOnlyPrefix(SafetensorsFile file)
    {
        var prefixes = PrefixesOf(file);
        return prefixes switch
        {
            [var only] => only,
            [] => throw new ModelFileException(file.Source, FirstParameter,
                $"is missing under every prefix; a torch.nn.LSTM has it. The file has {TensorsOf(file)}. "
                    + "Save the state_dict of a module with an nn.LSTM."),
            _ => throw new ModelFileException(file.Source, null,
                $"{prefixes.Count} LSTMs found, with the prefixes {ModelFileException.QuoteSome(prefixes)}; one can be imported. "
                    + "Choose it with --prefix."),
        };
    }

    private static string CheckPrefix(SafetensorsFile file, string prefix)
    {
        if (file.TryGetTensor(prefix + FirstParameter, out _))
            return prefix;
        var prefixes = PrefixesOf(file);
        var found = prefixes.Count == 0
            ? $"No prefix of the file has one; it has {TensorsOf(file)}. Save the state_dict of a module with an nn.LSTM."
            : $"Prefixes that look like an LSTM: {ModelFileException.QuoteSome(prefixes)}. Choose one of them with --prefix.";
        throw new ModelFileException(file.Source, prefix + FirstParameter, $"is missing; "
            + $"with prefix {ModelFileException.Quote(prefix)} it must exist. {found}");
    }

    private static string TensorsOf(SafetensorsFile file) =>
        file.Tensors.Count == 0 ? "no tensors" : ModelFileException.QuoteSome([.. file.Tensors.Select(tensor => tensor.Name)]);

    private static LstmShape DeriveShape(SafetensorsFile file, string prefix, StateDictImportOptions options)
    {
        var parts = PartsOf(file, prefix);
        var layers = RequireEveryLayer(file, prefix, parts);
        var firstName = prefix + FirstParameter;
        var (gateRows, inputSize) = MatrixSizes(file, firstName, "(4 * hidden_size, input_size)");
        var projected = file.TryGetTensor(prefix + ParameterNames.Of(ParameterNames.WeightHr, 0, 0), out var projection);
        RequireFourGates(file, prefix, firstName, gateRows, projected);

        var shape = new LstmShape
        {
            InputSize = Narrow(file, firstName, inputSize),
            HiddenSize = Narrow(file, firstName, gateRows / 4),
            NumLayers = layers,
            Bias = parts.Any(part => part.Kind is ParameterNames.BiasIh or ParameterNames.BiasHh),
            BatchFirst = options.BatchFirst,
            Dropout = options.Dropout,
            Bidirectional = parts.Any(part => part.Direction == 1),
            ProjSize = projected ? Narrow(file, projection!.Name, MatrixSizes(file, projection.Name, "(proj_size, hidden_size)").Rows) : 0,
        };
        if (shape.FirstProblem() is not { } problem)
            return shape;
        // The caller's own number, not the file's.
        if (problem.Size == "dropout")
            throw new ArgumentOutOfRangeException(nameof(options), options.Dropout, problem.Message);
        throw new ModelFileException(file.Source, firstName, $"and its companions describe an LSTM that is not allowed: {problem.Message}");
    }

    private readonly record struct Part(string Kind, int Layer, int Direction);

    private static List<Part> PartsOf(SafetensorsFile file, string prefix)
    {
        var parts = new List<Part>();
        foreach (var tensor in file.Tensors)
        {
            if (!tensor.Name.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            if (ParameterPattern().Match(tensor.Name[prefix.Length..]) is { Success: true } match)
            {
                parts.Add(new Part(
                    match.Groups["kind"].Value,
                    int.Parse(match.Groups["layer"].ValueSpan, CultureInfo.InvariantCulture),
                    match.Groups["reverse"].Success ? 1 : 0));
            }
        }

        return parts;
    }

    // A hole would otherwise be told as a missing weight_ih, which hides that a whole layer or direction is gone.
    private static int RequireEveryLayer(SafetensorsFile file, string prefix, List<Part> parts)
    {
        var present = parts.Select(part => (part.Layer, part.Direction)).ToHashSet();
        var highest = present.Max(place => place.Layer);
        var directions = present.Max(place => place.Direction) + 1;
        for (var layer = 0; layer <= highest; layer++)
        {
            for (var direction = 0; direction < directions; direction++)
            {
                if (present.Contains((layer, direction)))
                    continue;
                var name = prefix + ParameterNames.Of(ParameterNames.WeightIh, layer, direction);
                throw new ModelFileException(file.Source, name, present.Contains((layer, 1 - direction))
                    ? $"is missing: layer {layer} has one direction, while other layers have two. Save the whole state_dict."
                    : $"is missing: the file has layer {highest} but nothing of layer {layer}; layers count from 0 without gaps. "
                        + "Save the whole state_dict.");
            }
        }

        return highest + 1;
    }

    private static (long Rows, long Columns) MatrixSizes(SafetensorsFile file, string name, string rule)
    {
        file.TryGetTensor(name, out var tensor);
        if (tensor!.Shape is [var rows, var columns])
            return (rows, columns);
        throw new ModelFileException(file.Source, name, $"has shape {SafetensorsTensor.ShapeText(tensor.Shape)}; "
            + $"it must have 2 sizes, {rule}. Is it an nn.LSTM?");
    }

    private static void RequireFourGates(SafetensorsFile file, string prefix, string firstName, long gateRows, bool projected)
    {
        if (gateRows == 0)
            throw new ModelFileException(file.Source, firstName, "has 0 rows; an LSTM has 4 * hidden_size. Save the whole state_dict.");
        // nn.GRU and nn.RNN use the same names with 3 and 1 blocks of rows; without this they would be told as a wrong shape.
        var recurrent = prefix + ParameterNames.Of(ParameterNames.WeightHh, 0, 0);
        if (!projected && file.TryGetTensor(recurrent, out var tensor) && tensor.Shape is [var rows, var units] && rows == gateRows)
        {
            if (rows == 3 * units || rows == units)
            {
                throw new ModelFileException(file.Source, recurrent,
                    $"has shape {SafetensorsTensor.ShapeText(tensor.Shape)}: "
                        + $"{rows / units} gates, so this is an nn.{(rows == units ? "RNN" : "GRU")}; an LSTM has 4. "
                        + "Only nn.LSTM can be imported.");
            }
        }

        if (gateRows % 4 != 0)
        {
            throw new ModelFileException(file.Source, firstName, $"has {gateRows} rows; an LSTM has 4 * hidden_size. "
                + "Only nn.LSTM can be imported.");
        }
    }

    private static int Narrow(SafetensorsFile file, string name, long size) => size <= LstmShape.MaxSize
        ? (int)size
        : throw new ModelFileException(file.Source, name, $"has size {size}; sizes go up to {LstmShape.MaxSize}. Use a smaller model.");

    private static LinearHead ReadHead(
        SafetensorsFile file, ParameterReader reader, LstmShape shape, string prefix, HeadActivation activation)
    {
        var weightName = prefix + "weight";
        if (!file.TryGetTensor(weightName, out var weight))
        {
            throw new ModelFileException(file.Source, weightName,
                $"is missing; the head {ModelFileException.Quote(prefix)} must be an nn.Linear. The file has {TensorsOf(file)}. "
                    + "Give the name of the linear layer after the LSTM.");
        }

        var (outputs, columns) = MatrixSizes(file, weightName, "(outputs, directions * output size of the LSTM)");
        if (columns != shape.OutputSize)
        {
            throw new ModelFileException(file.Source, weightName,
                $"has shape {SafetensorsTensor.ShapeText(weight.Shape)}: "
                    + $"its input size is {columns}, but a step of the LSTM gives {shape.OutputSize} floats, "
                    + $"{shape.Directions} directions * {shape.StateSize}. Name the layer that reads the LSTM's output.");
        }

        if (outputs == 0)
        {
            throw new ModelFileException(file.Source, weightName, "has 0 outputs; a head has at least 1. "
                + "Name the linear layer after the LSTM.");
        }

        var outputSize = Narrow(file, weightName, outputs);
        var values = reader.Take(weightName, [outputs, columns], "(outputs, directions * output size of the LSTM)");
        var biasName = prefix + "bias";
        var bias = file.TryGetTensor(biasName, out _) ? reader.Take(biasName, [outputs], "(outputs of the head)") : null;
        return new LinearHead(values, bias, outputSize, activation);
    }

    // A weight_hr in layer 1 only, for example: the sizes say that it is not used, but the module that wrote it did use it.
    private static void RequireNothingLeftOfLstm(SafetensorsFile file, string prefix, IReadOnlyList<string> untaken)
    {
        foreach (var name in untaken)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal) && ParameterPattern().IsMatch(name[prefix.Length..]))
            {
                throw new ModelFileException(file.Source, name,
                    "exists, but layer 0 has no such parameter; all layers and directions of an nn.LSTM have the same ones. "
                        + "Save the whole state_dict.");
            }
        }
    }

    // No leading zeros and few digits: 'weight_ih_l007' is not PyTorch's, and a number always fits.
    [GeneratedRegex(
        @"^(?<kind>weight_ih|weight_hh|bias_ih|bias_hh|weight_hr)_l(?<layer>0|[1-9][0-9]{0,5})(?<reverse>_reverse)?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex ParameterPattern();
}
