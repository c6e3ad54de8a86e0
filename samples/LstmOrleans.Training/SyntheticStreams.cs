namespace LstmOrleans.Training;

/// <summary>Made-up streams that are trained on beside the real ones.</summary>
/// <remarks>
/// Some dozens of real streams do not show every way in which a stream can move, and where a model has seen nothing like it, it
/// promises movements that do not come. These are sums of one to three of: noise that forgets slowly or fast, drifts with momentum,
/// waves, levels that are held and then left, and spikes that fade. They are never part of a measurement.
/// </remarks>
internal static class SyntheticStreams
{
    private const int Rows = 750;

    private static readonly Func<Random, double[]>[] Parts = [Noise, Drift, Wave, Levels, Spikes];

    public static IReadOnlyList<StreamSeries> Make(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => new StreamSeries("made-up", $"made-up-{i}", Sum(random), trainedShare: 1))];
    }

    private static double[] Sum(Random random)
    {
        var values = new double[Rows];
        for (var parts = random.Next(1, 4); parts > 0; parts--)
        {
            var part = Parts[random.Next(Parts.Length)](random);
            var scale = LogUniform(random, 0.05, 1);
            for (var row = 0; row < Rows; row++)
                values[row] += scale * part[row];
        }

        return values;
    }

    // What is left of a value after one row is from 70% to 99.99%.
    private static double[] Noise(Random random)
    {
        var kept = 1 - LogUniform(random, 1e-4, 0.3);
        var fresh = Math.Sqrt(1 - kept * kept);
        var value = Normal(random);
        return Unfold(_ => value = kept * value + fresh * Normal(random));
    }

    private static double[] Drift(Random random)
    {
        var momentum = 1 - LogUniform(random, 0.03, 0.6);
        double value = 0, speed = 0;
        return Unfold(_ =>
        {
            speed = momentum * speed + (1 - momentum) * Normal(random);
            return value = 0.999 * value + 0.1 * speed;
        });
    }

    private static double[] Wave(Random random)
    {
        var period = LogUniform(random, 8, 500);
        var start = random.NextDouble() * period;
        var second = random.NextDouble() * 0.5;
        return Unfold(row => Math.Sin(2 * Math.PI * (row + start) / period) + second * Math.Sin(4 * Math.PI * (row + 2 * start) / period));
    }

    private static double[] Levels(Random random)
    {
        var leaves = 1 / LogUniform(random, 20, 400);
        var level = Normal(random);
        return Unfold(_ => level = random.NextDouble() < leaves ? Normal(random) : level);
    }

    private static double[] Spikes(Random random)
    {
        var rate = 1 / LogUniform(random, 10, 200);
        var fades = random.NextDouble() * 0.9;
        var height = 0.0;
        return Unfold(_ => height = fades * height + (random.NextDouble() < rate ? 1 - Math.Log(1 - random.NextDouble()) : 0));
    }

    private static double[] Unfold(Func<int, double> next)
    {
        var values = new double[Rows];
        for (var row = 0; row < Rows; row++)
            values[row] = next(row);
        return values;
    }

    private static double LogUniform(Random random, double low, double high) => low * Math.Exp(random.NextDouble() * Math.Log(high / low));

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
