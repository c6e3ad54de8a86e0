using System.Security.Cryptography;
using LstmOrleans.Forecasting;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Demo.Inputs;

/// <summary>The trained LSTM and what its answers mean to the scorer.</summary>
/// <param name="Parameters">The LSTM and its head.</param>
/// <param name="Hash">The model's identity.</param>
/// <param name="Scorer">The scorer's parameters.</param>
/// <param name="ScorerHash">SHA-256 of their file.</param>
internal sealed record ForecasterModel(LstmParameters Parameters, ModelHash Hash, ScorerParameters Scorer, string ScorerHash)
{
    /// <summary>The model's name in the silo's folder of models.</summary>
    public const string Name = "forecaster";

    private const string HeadPrefix = "head";
    private const string TrainedTensor = "lstm.weight_ih_l0";

    /// <summary>Reads <c>forecaster.safetensors</c> (a model file, or the state_dict that training wrote) and <c>scorer.json</c>.</summary>
    public static ForecasterModel Load(string directory)
    {
        string file = Path.Combine(directory, "forecaster.safetensors"), scorer = Path.Combine(directory, "scorer.json");
        foreach (string path in new[] { file, scorer })
        {
            if (!File.Exists(path))
                throw new DemoException($"There is no '{path}'. Train a model (samples/LstmOrleans.Training) and name its folder with --model DIR.");
        }

        var parameters = Read(file);
        int answers = parameters.Head?.OutputSize ?? parameters.Shape.OutputSize;
        if (parameters.Shape.InputSize != StreamFeatures.InputSize || answers != ForecastForm.AnswerSize || parameters.Shape.Bidirectional)
        {
            throw new DemoException(
                $"'{file}' has I = {parameters.Shape.InputSize}, {answers} answers and {parameters.Shape.Directions} direction(s); "
                + $"the demo's forecaster has I = {StreamFeatures.InputSize}, {ForecastForm.AnswerSize} answers and 1 direction. Name another model with --model DIR.");
        }

        return new ForecasterModel(parameters, ModelHash.Of(LstmModelFile.ToBytes(parameters)), ScorerParameters.Load(scorer),
            Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(scorer))));
    }

    private static LstmParameters Read(string path)
    {
        var file = SafetensorsFile.Load(path);
        // Training writes the module's state_dict, where the LSTM has a name; in the product's own model file it has none.
        return file.TryGetTensor(TrainedTensor, out _)
            ? StateDictImport.Import(file, new StateDictImportOptions { HeadPrefix = HeadPrefix }).Parameters
            : LstmModelFile.Read(path).Parameters;
    }
}
