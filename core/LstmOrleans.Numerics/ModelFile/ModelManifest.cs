using System.Text.Json;
using System.Text.Json.Serialization;

namespace LstmOrleans.Numerics.ModelFile;

/// <summary>What a model file says besides its tensors: JSON text in the metadata, its properties in the order they have here.</summary>
internal sealed record ModelManifest(
    int FormatVersion,
    int InputSize,
    int HiddenSize,
    int NumLayers,
    bool Bias,
    bool BatchFirst,
    double Dropout,
    bool Bidirectional,
    int ProjSize,
    string Weights,
    bool InputScaling,
    HeadManifest? Head,
    IReadOnlyList<string> FeatureNames)
{
    public const int CurrentVersion = 1;

    public static ModelManifest Of(LstmParameters parameters) => new(
        CurrentVersion,
        parameters.Shape.InputSize,
        parameters.Shape.HiddenSize,
        parameters.Shape.NumLayers,
        parameters.Shape.Bias,
        parameters.Shape.BatchFirst,
        parameters.Shape.Dropout,
        parameters.Shape.Bidirectional,
        parameters.Shape.ProjSize,
        parameters.Precision.Name(),
        InputScaling: parameters.Scaling is not null,
        parameters.Head is { } head ? new HeadManifest(head.OutputSize, NameOf(head.Activation), head.Bias is not null) : null,
        parameters.FeatureNames ?? []);

    public string ToText() => JsonSerializer.Serialize(this, ManifestJson.Default.ModelManifest);

    /// <summary>Reads a manifest that may come from anyone.</summary>
    public static ModelManifest Parse(string text, string source)
    {
        try
        {
            RequireVersion(text, source);
            var manifest = JsonSerializer.Deserialize(text, ManifestJson.Default.ModelManifest)
                ?? throw new JsonException("It is null.");
            return WeightPrecisionNames.TryParse(manifest.Weights, out _)
                ? manifest
                : throw new ModelFileException(source, null, $"manifest has weights {ModelFileException.Quote(manifest.Weights)}; "
                    + $"they must be one of {string.Join(", ", WeightPrecisionNames.All)}. Import the model again.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ModelFileException(source, null,
                $"manifest is not valid ({e.Message}); it must be the JSON object that this program writes. Import the model again.", e);
        }
    }

    /// <summary>Stored form of the weight matrices.</summary>
    public WeightPrecision Precision() => WeightPrecisionNames.TryParse(Weights, out var precision)
        ? precision
        : throw new InvalidOperationException($"A manifest that was not read by {nameof(Parse)} has weights '{Weights}'.");

    public LstmShape ToShape(string source)
    {
        var shape = new LstmShape
        {
            InputSize = InputSize,
            HiddenSize = HiddenSize,
            NumLayers = NumLayers,
            Bias = Bias,
            BatchFirst = BatchFirst,
            Dropout = Dropout,
            Bidirectional = Bidirectional,
            ProjSize = ProjSize,
        };
        return shape.FirstProblem() is { } problem
            ? throw new ModelFileException(source, null, $"manifest describes an LSTM that is not allowed: "
                + $"{problem.Message} Import the model again.")
            : shape;
    }

    private static string NameOf(HeadActivation activation) => activation switch
    {
        HeadActivation.None => "none",
        HeadActivation.Sigmoid => "sigmoid",
        HeadActivation.Tanh => "tanh",
        HeadActivation.Relu => "relu",
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, $"Unknown activation {activation}."),
    };

    internal static HeadActivation ActivationOf(string name, string source)
    {
        foreach (var activation in Enum.GetValues<HeadActivation>())
        {
            if (NameOf(activation) == name)
                return activation;
        }

        var names = string.Join(", ", Enum.GetValues<HeadActivation>().Select(NameOf));
        throw new ModelFileException(source, null,
            $"manifest has head activation {ModelFileException.Quote(name)}; it must be one of {names}. "
                + "Update this program, or import the model again.");
    }

    // Before everything else: a newer format may differ in any other property, and only the version tells the user what to do.
    private static void RequireVersion(string text, string source)
    {
        using var document = JsonDocument.Parse(text);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("format_version", out var element)
            || element.ValueKind != JsonValueKind.Number
            || !element.TryGetInt32(out var version))
        {
            throw new JsonException("It has no format_version.");
        }

        if (version != CurrentVersion)
        {
            throw new ModelFileException(source, null, $"manifest has format version {version}; "
                + $"this program reads version {CurrentVersion}. Use the program that wrote it, or update this one.");
        }
    }
}

/// <summary>The head's part of a manifest.</summary>
internal sealed record HeadManifest(int OutputSize, string Activation, bool Bias);

// Strict: no unknown, missing, repeated or null properties, so that no two readers can understand one manifest differently.
[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ModelManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
