using LstmOrleans.Numerics;
using LstmOrleans.Numerics.ModelFile;

namespace LstmOrleans.Cli.Load;

/// <summary>A small model with random weights, always the same ones, for load without a trained model.</summary>
internal static class LoadModel
{
    public const string Name = "load";
    private const int InputSize = 8, HiddenSize = 64, Seed = 1;

    /// <summary>Puts it into a folder of models, unless one of that name is there.</summary>
    /// <returns>Whether it was put there.</returns>
    public static bool Provide(string folder)
    {
        var models = new ModelDirectory(folder);
        if (models.TryResolve(Name, out _))
            return false;
        models.Add(Parameters(), Name);
        return true;
    }

    private static LstmParameters Parameters()
    {
        // Fixed weights need no better generator.
#pragma warning disable CA5394
        var random = new Random(Seed);
        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5) / 4)];
#pragma warning restore CA5394
        var shape = new LstmShape { InputSize = InputSize, HiddenSize = HiddenSize };
        return new(shape, [new LayerParameters(Draw(4 * HiddenSize * InputSize), Draw(4 * HiddenSize * HiddenSize), Draw(4 * HiddenSize), Draw(4 * HiddenSize), null)]);
    }
}
