namespace LstmOrleans.Numerics.Tests;

/// <summary>A model with input scaling, a batch of sequences of different lengths and their states; all from the seed.</summary>
internal sealed record LawCase(LstmShape Shape, int Batch, int Steps, int Threads, int Seed)
{
    /// <summary>(B, T, I); behind a sequence's end there are values like any others.</summary>
    public float[] X => RandomModels.Values(Batch * Steps * Shape.InputSize, Seed + 1, 2);

    /// <summary>(L*D, B, K)</summary>
    public float[] H0 => RandomModels.Values(Batch * Shape.HiddenLength, Seed + 2);

    /// <summary>(L*D, B, H)</summary>
    public float[] C0 => RandomModels.Values(Batch * Shape.CellLength, Seed + 3);

    /// <summary>(B), from 1 to T, in any order.</summary>
    public int[] Lengths
    {
        get
        {
            var random = new Random(Seed + 4);
            return [.. Enumerable.Range(0, Batch).Select(_ => random.Next(1, Steps + 1))];
        }
    }

    public ForwardOptions Options => new() { Threads = Threads };

    public LstmParameters Parameters() => RandomModels.Create(Shape, Seed, scaling: new InputScaling(
        RandomModels.Values(Shape.InputSize, Seed + 5), RandomModels.Values(Shape.InputSize, Seed + 6)));

    /// <summary>x as (T, B, I).</summary>
    public float[] TimeFirst() => Rows(X, Shape.InputSize, [.. Enumerable.Range(0, Steps * Batch).Select(row => (row % Batch * Steps) + (row / Batch))]);

    public (float[] Output, float[] H, float[] C) Run(ReadOnlySpan<float> x, int batch, int steps, int[] lengths, bool batchFirst, float[] h0, float[] c0)
    {
        float[] output = new float[batch * steps * Shape.OutputSize], h = [.. h0], c = [.. c0];
        new LstmModel(Parameters()).Forward(x, batch, steps, lengths, batchFirst, output, h, c, Options);
        return (output, h, c);
    }

    /// <summary>Some sequences of (L*D, B, size), in the order given.</summary>
    public float[] Pick(float[] states, int size, int[] sequences) => Rows(states, size,
        [.. Enumerable.Range(0, Shape.NumLayers * Shape.Directions).SelectMany(layer => sequences.Select(sequence => (layer * Batch) + sequence))]);

    /// <summary>Rows of a size, in the order given.</summary>
    public static float[] Rows(ReadOnlySpan<float> values, int size, int[] order)
    {
        float[] rows = new float[order.Length * size];
        for (int row = 0; row < order.Length; row++)
            values.Slice(order[row] * size, size).CopyTo(rows.AsSpan(row * size));
        return rows;
    }

    /// <summary>Rows of a size, the last first.</summary>
    public static float[] Reversed(ReadOnlySpan<float> values, int size) =>
        Rows(values, size, [.. Enumerable.Range(0, values.Length / size).Reverse()]);
}
