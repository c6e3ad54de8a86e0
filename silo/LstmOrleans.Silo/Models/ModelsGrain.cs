using System.Globalization;
using LstmOrleans.Contracts.Models;
using LstmOrleans.Numerics;
using Orleans.Concurrency;

namespace LstmOrleans.Silo.Models;

/// <summary>Lists the models of the silo it runs on.</summary>
[StatelessWorker]
internal sealed class ModelsGrain : Grain, IModelsGrain
{
    private readonly ModelStore _models;

    public ModelsGrain(ModelStore models) => _models = models;

    public Task<IReadOnlyList<ModelView>> List()
    {
        // Loading reads and hashes files: not on the grain's thread.
        return Task.Run<IReadOnlyList<ModelView>>(() => [.. _models.Directory.Names().Select(entry =>
        {
            var model = _models.TryLoad(entry.Hash, out string problem);
            return new ModelView
            {
                Name = entry.Name,
                Hash = entry.Hash.ToString(),
                Shape = model == null ? "" : Describe(model),
                InputSize = model?.Shape.InputSize ?? 0,
                AnswerSize = model?.AnswerSize ?? 0,
                OutputSize = model?.Shape.OutputSize ?? 0,
                Streamable = model is { Shape.Bidirectional: false },
                Problem = problem,
                FeatureNames = model == null ? [] : [.. model.FeatureNames],
                Weights = model?.Precision.Name(),
            };
        })]);
    }

    private static string Describe(LstmModel model)
    {
        var shape = model.Shape;
        string text = string.Create(CultureInfo.InvariantCulture, $"LSTM({shape.InputSize}, {shape.HiddenSize}");
        if (shape.NumLayers > 1)
            text += string.Create(CultureInfo.InvariantCulture, $", num_layers={shape.NumLayers}");
        if (shape.Bidirectional)
            text += ", bidirectional";
        if (shape.ProjSize > 0)
            text += string.Create(CultureInfo.InvariantCulture, $", proj_size={shape.ProjSize}");
        return model.HasHead ? string.Create(CultureInfo.InvariantCulture, $"{text}) + Linear({model.AnswerSize})") : text + ")";
    }
}
