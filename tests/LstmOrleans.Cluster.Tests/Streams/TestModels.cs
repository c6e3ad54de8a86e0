using LstmOrleans.Numerics;

namespace LstmOrleans.Cluster.Tests.Streams;

/// <summary>Small models with seeded parameters.</summary>
internal static class TestModels
{
    public static LstmParameters Small(int seed = 1, bool bidirectional = false, bool head = true)
    {
        var shape = new LstmShape { InputSize = 3, HiddenSize = 5, NumLayers = 2, Bidirectional = bidirectional };
        var random = new Random(seed);
        var layers = Enumerable.Range(0, shape.NumLayers * shape.Directions).Select(index => new LayerParameters(
            Draw(20 * shape.LayerInputSize(index / shape.Directions)), Draw(20 * 5), Draw(20), Draw(20), null)).ToArray();
        return new LstmParameters(shape, layers, Head: head ? new LinearHead(Draw(2 * shape.OutputSize), Draw(2), 2) : null, FeatureNames: ["a", "b", "c"]);

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
    }
}
