using System.CommandLine;
using System.Globalization;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Cli.Commands;

/// <summary><c>lstm model import</c>: a state_dict, or a model file, into the folder of models.</summary>
internal static class ModelImportCommand
{
    private const string Notes = """
        FILE is a PyTorch state_dict saved as safetensors (safetensors.torch.save_file(module.state_dict(), FILE)), or a model file
        of this program. Sizes are derived from the tensors. The server finds the model at once; a name can be moved to another
        model by importing again, and streams that are open keep theirs. Weights stay what they are: bfloat16 when all of them are BF16,
        else float32. --weights bfloat16 rounds them (half the file, another model with another hash); --weights float32 widens.
        Default folder: what the server's settings Lstm__Models__Directory or Lstm__DataDirectory say, else lstm-data/models here.

        Examples:
          lstm model import pump.safetensors --name pump
          lstm model import net.safetensors --name web --prefix lstm. --head fc --head-activation sigmoid --feature-names hits,errors
          lstm model import pump.safetensors --name pump-small --weights bfloat16
          lstm model import pump.safetensors --name pump --data /var/lib/lstm
        """;

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The safetensors file." };
        var name = new Option<string>("--name")
        {
            Description = "The name to give it.",
            HelpName = "NAME",
            Required = true,
        };
        var prefix = new Option<string?>("--prefix")
        {
            Description = "What the LSTM's parameters are called before weight_ih_l0. Default: the only one there is.",
            HelpName = "lstm.",
        };
        var head = new Option<string?>("--head")
        {
            Description = "The linear layer behind the LSTM. Default: none.",
            HelpName = "fc",
        };
        var activation = new Option<string?>("--head-activation")
        {
            Description = "Applied to each result of the head.",
            HelpName = "none|sigmoid|tanh|relu",
        };
        activation.AcceptOnlyFromAmong("none", "sigmoid", "tanh", "relu");
        var weights = new Option<string?>("--weights")
        {
            Description = "Precision of the weight matrices. Default: as they are.",
            HelpName = string.Join('|', WeightPrecisionNames.All),
        };
        weights.AcceptOnlyFromAmong([.. WeightPrecisionNames.All]);
        var batchFirst = new Option<bool>("--batch-first")
        {
            Description = "The nn.LSTM had batch_first=True.",
        };
        var features = new Option<string?>("--feature-names")
        {
            Description = "Names of the I features: columns are then found by name.",
            HelpName = "a,b,c",
        };
        var data = new Option<string?>("--data")
        {
            Description = "The server's data folder; models are in its folder models.",
            HelpName = "DIR",
        };
        var models = new Option<string?>("--models")
        {
            Description = "The folder of models itself.",
            HelpName = "DIR",
        };
        var command = new DocumentedCommand("import", "Import a trained LSTM.", Notes)
        {
            file, name, prefix, head, activation, weights, batchFirst, features, data, models,
        };
        command.SetAction(parsed => CommandRunner.Guard(_ =>
        {
            var path = parsed.GetRequiredValue(file);
            if (!File.Exists(path))
                throw new CommandException($"There is no file {Path.GetFullPath(path)}. Name a safetensors file.");
            if (parsed.GetValue(activation) is not null && parsed.GetValue(head) is null)
            {
                throw new CommandException("--head-activation was given without --head; it belongs to the linear layer behind the LSTM. "
                    + "Name that with --head.") { IsUsage = true };
            }

            var source = SafetensorsFile.Load(path);
            var options = new StateDictImportOptions
            {
                Prefix = parsed.GetValue(prefix),
                HeadPrefix = parsed.GetValue(head),
                HeadActivation = Enum.Parse<HeadActivation>(parsed.GetValue(activation) ?? "none", ignoreCase: true),
                BatchFirst = parsed.GetValue(batchFirst),
            };
            WeightPrecision? precision = WeightPrecisionNames.TryParse(parsed.GetValue(weights), out var asked) ? asked : null;
            var (parameters, ignored) = LstmModelFile.HasManifest(source)
                ? OfModelFile(path, options, precision)
                : OfStateDict(source, options with { Precision = precision });
            parameters = WithNames(parameters, RowOptions.SplitNames(parsed.GetValue(features)));
            Write(parameters, ignored, parsed.GetRequiredValue(name), ModelCommand.Folder(parsed.GetValue(models), parsed.GetValue(data)));
            return Task.CompletedTask;
        }));
        return command;
    }

    private static (LstmParameters Parameters, IReadOnlyList<string> Ignored) OfStateDict(
        SafetensorsFile source, StateDictImportOptions options)
    {
        var imported = StateDictImport.Import(source, options);
        return (imported.Parameters, imported.IgnoredTensors);
    }

    private static (LstmParameters Parameters, IReadOnlyList<string> Ignored) OfModelFile(
        string path, StateDictImportOptions options, WeightPrecision? precision)
    {
        if (options != new StateDictImportOptions())
        {
            throw new CommandException($"{path} is a model file and says itself what it is; --prefix, --head, "
                + "--head-activation and --batch-first are for a state_dict. Leave them out.") { IsUsage = true };
        }

        var parameters = LstmModelFile.Read(path).Parameters;
        try
        {
            return (parameters.WithPrecision(precision ?? parameters.Precision), []);
        }
        catch (ArgumentException error)
        {
            throw new CommandException($"{path}: {error.Message.Split(" (Parameter")[0]}");
        }
    }

    private static LstmParameters WithNames(LstmParameters parameters, string[] names)
    {
        if (names.Length == 0)
            return parameters;
        if (names.Length != parameters.Shape.InputSize)
        {
            throw new CommandException($"--feature-names has {names.Length} names; the model takes I = {parameters.Shape.InputSize} "
                + "features. Name each.");
        }

        if (names.Distinct().Count() != names.Length || names.Contains(""))
        {
            throw new CommandException("--feature-names has an empty name, or one twice; each feature needs a name of its own. "
                + "Correct them.");
        }

        return parameters with { FeatureNames = names };
    }

    private static void Write(LstmParameters parameters, IReadOnlyList<string> ignored, string name, string folder)
    {
        ModelHash hash;
        var directory = new ModelDirectory(folder);
        try
        {
            hash = directory.Add(parameters, name);
        }
        catch (ArgumentException error) when (error.ParamName == nameof(name))
        {
            throw new CommandException(error.Message.Split(" (Parameter")[0]);
        }

        var shape = parameters.Shape;
        var sizes = string.Create(CultureInfo.InvariantCulture,
            $"I = {shape.InputSize}, H = {shape.HiddenSize}, layers = {shape.NumLayers}, directions = {shape.Directions}, P = {shape.ProjSize}");
        Console.WriteLine($"model     {name}");
        Console.WriteLine($"hash      {hash}");
        Console.WriteLine($"sizes     {sizes}, bias = {(shape.Bias ? "yes" : "no")}");
        Console.WriteLine($"weights   {parameters.Precision.Name()}");
        var activation = parameters.Head is { } head ? $" (head, activation {head.Activation})" : "";
        Console.WriteLine(FormattableString.Invariant($"answer    {parameters.Head?.OutputSize ?? shape.OutputSize} floats{activation}"));
        if (parameters.FeatureNames is { Count: > 0 } features)
            Console.WriteLine($"features  {string.Join(", ", features)}");
        if (ignored.Count > 0)
            Console.WriteLine($"ignored   {string.Join(", ", ignored)}");
        Console.WriteLine($"written   {Path.Combine(directory.Path, hash + ".safetensors")}");
        foreach (var warning in shape.Warnings)
            Console.Error.WriteLine($"Warning: {warning}");
    }
}
