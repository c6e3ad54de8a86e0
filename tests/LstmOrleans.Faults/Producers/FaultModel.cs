using LstmOrleans.Numerics;

namespace LstmOrleans.Faults.Producers;

/// <summary>The model of a run: two layers and a head, small, so that the machine's time goes into calls and writes.</summary>
internal static class FaultModel
{
    public const string Name = "faults";
    public const int InputSize = 3, HiddenSize = 6, Layers = 2, AnswerSize = 2;

    public static LstmParameters Create(int seed)
    {
        var shape = new LstmShape { InputSize = InputSize, HiddenSize = HiddenSize, NumLayers = Layers };
        var random = new Random(seed);
        var layers = Enumerable.Range(0, Layers).Select(layer => new LayerParameters(
            Draw(4 * HiddenSize * shape.LayerInputSize(layer)), Draw(4 * HiddenSize * HiddenSize), Draw(4 * HiddenSize), Draw(4 * HiddenSize), null)).ToArray();
        return new LstmParameters(shape, layers, Head: new LinearHead(Draw(AnswerSize * shape.OutputSize), Draw(AnswerSize), AnswerSize));

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
    }
}
