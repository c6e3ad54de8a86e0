using System.Globalization;
using LstmOrleans.Contracts.Models;
using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;
using Orleans.Concurrency;

namespace LstmOrleans.Silo.Models;

/// <summary>Lists the models of the silo it runs on.</summary>
[StatelessWorker]
internal sealed class ModelsGrain : Grain, IModelsGrain
{
    private readonly ModelStore _models;

    public ModelsGrain(ModelStore models) => _models = models;

    public async Task<IReadOnlyList<ModelView>> List()
    {
        // The folder may be slow: not on the grain's thread.
        var names = await Task.Run(() => _models.Directory.Names().ToArray());
        var views = new List<ModelView>();
        await foreach (var loaded in _models.LoadAsync(names.Select(entry => entry.Hash)))
            views.Add(View(names[views.Count].Name, names[views.Count].Hash, loaded));
        return views;
    }

    private static ModelView View(string name, ModelHash hash, (LstmModel? Model, string Problem) loaded)
    {
        var model = loaded.Model;
        return new ModelView
        {
            Name = name,
            Hash = hash.ToString(),
            Shape = model == null ? "" : Describe(model),
            InputSize = model?.Shape.InputSize ?? 0,
            AnswerSize = model?.AnswerSize ?? 0,
            OutputSize = model?.Shape.OutputSize ?? 0,
            Streamable = model is { Shape.Bidirectional: false },
            Problem = loaded.Problem,
            FeatureNames = model == null ? [] : [.. model.FeatureNames],
            Weights = model?.Precision.Name(),
        };
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
