using System.Globalization;

namespace LstmOrleans.Training;

internal static class ModelFiles
{
    public static void WriteModel(string path, TrainedForecaster trained, TrainingOptions options)
    {
        var layer = trained.Parameters.Layers[0];
        var head = trained.Parameters.Head!;
        var (input, hidden) = (trained.Parameters.Shape.InputSize, trained.Parameters.Shape.HiddenSize);
        SafetensorsWriter.Write(path,
        [
            ("lstm.weight_ih_l0", [4 * hidden, input], layer.WeightIh),
            ("lstm.weight_hh_l0", [4 * hidden, hidden], layer.WeightHh),
            ("lstm.bias_ih_l0", [4 * hidden], layer.BiasIh!),
            ("lstm.bias_hh_l0", [4 * hidden], layer.BiasHh!),
            ("head.weight", [head.OutputSize, hidden], head.Weight),
            ("head.bias", [head.OutputSize], head.Bias!),
        ],
        new Dictionary<string, string>
        {
            ["format"] = "pt",
            ["seed"] = options.Seed.ToString(CultureInfo.InvariantCulture),
            ["epochs"] = options.Epochs.ToString(CultureInfo.InvariantCulture),
        });
    }
}
