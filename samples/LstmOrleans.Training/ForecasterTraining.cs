using System.Diagnostics;
using LstmOrleans.Forecasting;
using LstmOrleans.Numerics;
using static TorchSharp.torch;

namespace LstmOrleans.Training;

/// <summary>A trained forecaster.</summary>
/// <param name="Parameters">LSTM and head.</param>
/// <param name="Form">What the answers mean.</param>
/// <param name="EpochLoss">Mean loss of each epoch.</param>
/// <param name="Duration">Wall time.</param>
/// <param name="Golden">libtorch's answers to a fixed stream.</param>
internal sealed record TrainedForecaster(
    LstmParameters Parameters, ForecastForm Form, IReadOnlyList<double> EpochLoss, TimeSpan Duration, GoldenAnswers Golden);

/// <summary>Truncated back-propagation through time over all streams at once.</summary>
/// <remarks>
/// Each epoch walks the batch in chunks of 125 rows; the state is carried on, the gradient is cut. Streams are mirrored at random
/// (asinh is odd, so a mirrored stream is a stream) and their inputs carry a little noise: the model shall learn shapes, not files.
/// </remarks>
internal static class ForecasterTraining
{
    private const int ChunkRows = 125;
    private const double PeakRate = 4e-3;
    private const double WarmUp = 0.1;
    private const double InputNoise = 0.02;

    public static TrainedForecaster Run(
        IReadOnlyCollection<StreamSeries> streams, int[] horizons, int hidden, int epochs, int seed, Action<string> log)
    {
        var clock = Stopwatch.StartNew();
        random.manual_seed(seed);
        using var scope = NewDisposeScope();
        var batch = new TrainingBatch(streams, horizons);
        using var module = new ForecasterModule(hidden);
        using var optimizer = optim.AdamW(module.parameters(), lr: PeakRate, weight_decay: 1e-4);
        var chunks = (batch.Steps + ChunkRows - 1) / ChunkRows;
        var losses = new List<double>();
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            losses.Add(RunEpoch(batch, module, optimizer, update => Rate(epoch * chunks + update, epochs * chunks)));
            if ((epoch + 1) % 10 == 0)
                log(FormattableString.Invariant($"epoch {epoch + 1} of {epochs}: loss {losses[^1]:F4}, {clock.Elapsed.TotalSeconds:F0} s"));
        }

        var duration = clock.Elapsed;
        return new TrainedForecaster(module.ToParameters(), module.ToForm(horizons), losses, duration, GoldenAnswers.Make(module, seed));
    }

    private static double RunEpoch(TrainingBatch batch, ForecasterModule module, optim.Optimizer optimizer, Func<int, double> rate)
    {
        using var epochScope = NewDisposeScope();
        var mirror = randint(0, 2, [1, batch.Streams, 1], dtype: ScalarType.Float32) * 2 - 1;
        var h = zeros(1, batch.Streams, module.Hidden);
        var c = zeros(1, batch.Streams, module.Hidden);
        double lossSum = 0, targetCount = 0;
        for (var (update, start) = (0, 0); start < batch.Steps; update++, start += ChunkRows)
        {
            using var chunkScope = NewDisposeScope();
            var rows = Math.Min(ChunkRows, batch.Steps - start);
            var active = batch.ActiveAt(start);
            Tensor Cut(Tensor whole) => whole.narrow(0, start, rows).narrow(1, 0, active);

            var signs = mirror.narrow(1, 0, active);
            var inputs = Cut(batch.Inputs) * signs;
            inputs = inputs + randn_like(inputs) * InputNoise;
            var targets = batch.Targets.Map(Cut);
            targets = targets with { Values = targets.Values * signs };
            var (answer, nextH, nextC) = module.Forward(inputs, h.narrow(1, 0, active).contiguous(), c.narrow(1, 0, active).contiguous());
            var count = targets.Mask.sum().item<float>();
            if (count > 0)
            {
                var loss = module.Loss(answer, inputs, targets);
                foreach (var group in optimizer.ParamGroups)
                    group.LearningRate = rate(update);
                optimizer.zero_grad();
                loss.backward();
                nn.utils.clip_grad_norm_(module.parameters(), 1.0);
                optimizer.step();
                lossSum += loss.item<float>() * (double)count;
                targetCount += count;
            }

            h = nextH.detach().MoveToOuterDisposeScope();
            c = nextC.detach().MoveToOuterDisposeScope();
        }

        return lossSum / targetCount;
    }

    // One cycle: up along a cosine over the first tenth of the updates, then down to almost nothing.
    private static double Rate(int update, int updates)
    {
        var peak = WarmUp * updates;
        return update < peak
            ? Between(PeakRate / 25, PeakRate, update / peak)
            : Between(PeakRate, PeakRate / 250_000, (update - peak) / Math.Max(1, updates - 1 - peak));
    }

    private static double Between(double from, double to, double share) => to + (from - to) * (1 + Math.Cos(Math.PI * share)) / 2;
}
