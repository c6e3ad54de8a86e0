using LstmOrleans.Numerics;

namespace LstmOrleans.Benchmarks.Core;

/// <summary>Everything the core is judged on.</summary>
internal static class CoreRows
{
    public static readonly int[] HiddenSizes = [64, 128, 256, 512, 1024];
    private static readonly int[] BatchSizes = [2, 4, 8, 16, 64, 256];
    private static readonly int[] SequenceBatchSizes = [1, 16, 64];
    private const int SequenceSteps = 100;

    public static IEnumerable<CoreRow> All(IEnumerable<int> hiddenSizes) => hiddenSizes.SelectMany(OfSize).OrderBy(row => row.Group);

    private static IEnumerable<CoreRow> OfSize(int hidden)
    {
        foreach (var precision in new[] { WeightPrecision.Float32, WeightPrecision.BFloat16 })
            yield return new CoreRow(CoreGroup.Lone, hidden) { Precision = precision };
        foreach (int batch in BatchSizes)
            yield return new CoreRow(CoreGroup.Batch, hidden, batch);
        foreach (int batch in SequenceBatchSizes)
        {
            for (int directions = 1; directions <= 2; directions++)
            {
                yield return new CoreRow(CoreGroup.Sequence, hidden, batch, SequenceSteps) { Directions = directions };
                yield return new CoreRow(CoreGroup.Threads, hidden, batch, SequenceSteps) { Directions = directions, Threads = 2 };
            }
        }

        foreach (var (layers, projection) in new[] { (3, 0), (1, hidden / 2) })
        {
            yield return new CoreRow(CoreGroup.Layers, hidden) { Layers = layers, Projection = projection };
            yield return new CoreRow(CoreGroup.Layers, hidden, 16) { Layers = layers, Projection = projection };
            yield return new CoreRow(CoreGroup.Layers, hidden, 64, SequenceSteps) { Layers = layers, Projection = projection };
        }
    }
}
