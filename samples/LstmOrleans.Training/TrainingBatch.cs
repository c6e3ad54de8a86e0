using LstmOrleans.Forecasting;
using static TorchSharp.torch;

namespace LstmOrleans.Training;

/// <summary>What the forecasts should have been, all (T, B, 4).</summary>
/// <param name="Values">y.</param>
/// <param name="Unit">u of <see cref="ForecastForm"/>.</param>
/// <param name="Mask">1 where a target counts, else 0.</param>
internal sealed record TrainingTargets(Tensor Values, Tensor Unit, Tensor Mask)
{
    public TrainingTargets Map(Func<Tensor, Tensor> change) => new(change(Values), change(Unit), change(Mask));
}

/// <summary>All streams' trained rows as one padded batch, the longest stream first, so that a later chunk is narrower.</summary>
internal sealed class TrainingBatch
{
    private readonly int[] _lengths;

    public TrainingBatch(IEnumerable<StreamSeries> streams, IReadOnlyList<int> horizons)
    {
        var ordered = streams.Where(stream => !stream.IsFlatInTraining).OrderByDescending(stream => stream.TrainedRows).ToArray();
        if (ordered.Length == 0)
        {
            throw new InvalidDataException(
                "No stream has two different values in its first 15%; there is nothing to learn from. Give more data.");
        }

        _lengths = [.. ordered.Select(stream => stream.TrainedRows)];
        Streams = ordered.Length;
        Steps = _lengths[0];

        var inputs = new float[Steps * Streams * StreamFeatures.InputSize];
        var size = Steps * Streams * horizons.Count;
        var (values, unit, mask) = (new float[size], new float[size], new float[size]);
        Array.Fill(unit, 1); // its logarithm is taken, in the padding too
        for (var b = 0; b < Streams; b++)
        {
            for (var t = 0; t < _lengths[b]; t++)
            {
                var place = t * Streams + b;
                ref readonly var features = ref ordered[b].Features[t];
                features.WriteInputs(inputs.AsSpan(place * StreamFeatures.InputSize, StreamFeatures.InputSize));
                for (var i = 0; i < horizons.Count; i++)
                {
                    var target = ordered[b].Target(t, horizons[i]);
                    if (float.IsNaN(target))
                        continue;
                    var at = place * horizons.Count + i;
                    values[at] = target;
                    unit[at] = (float)ForecastForm.Unit(i, features);
                    mask[at] = 1;
                }
            }
        }

        Inputs = tensor(inputs, [Steps, Streams, StreamFeatures.InputSize]);
        Targets = new TrainingTargets(values, unit, mask).Map(flat => flat.reshape(Steps, Streams, horizons.Count));
    }

    /// <summary>(T, B, 2)</summary>
    public Tensor Inputs { get; }

    public TrainingTargets Targets { get; }

    public int Streams { get; }

    public int Steps { get; }

    /// <summary>Streams that still have rows at a step; they are the first ones.</summary>
    public int ActiveAt(int step) => _lengths.Count(length => length > step);
}
