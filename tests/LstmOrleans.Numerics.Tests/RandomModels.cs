namespace LstmOrleans.Numerics.Tests;

/// <summary>Parameters drawn as PyTorch initialises them: uniform in +-1/sqrt(H).</summary>
internal static class RandomModels
{
    public static LstmParameters Create(LstmShape shape, int seed, LinearHead? head = null, InputScaling? scaling = null)
    {
        var random = new Random(seed);
        double bound = 1 / Math.Sqrt(shape.HiddenSize);
        var layers = Enumerable.Range(0, shape.NumLayers * shape.Directions).Select(index => new LayerParameters(
            Draw(4 * shape.HiddenSize * shape.LayerInputSize(index / shape.Directions)),
            Draw(4 * shape.HiddenSize * shape.StateSize),
            shape.Bias ? Draw(4 * shape.HiddenSize) : null,
            shape.Bias ? Draw(4 * shape.HiddenSize) : null,
            shape.ProjSize > 0 ? Draw(shape.ProjSize * shape.HiddenSize) : null)).ToArray();
        return new LstmParameters(shape, layers, scaling, head);

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(((random.NextDouble() * 2) - 1) * bound))];
    }

    public static float[] Values(int count, int seed, double scale = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(((random.NextDouble() * 2) - 1) * scale))];
    }
}
