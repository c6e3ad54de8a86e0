using LstmOrleans.Forecasting;
using static TorchSharp.torch;

namespace LstmOrleans.Training;

/// <summary>All streams' trained rows as one padded batch, the longest stream first, so that a later chunk is narrower.</summary>
internal sealed class TrainingBatch : IDisposable
{
    private readonly int[] _lengths;

    public TrainingBatch(IEnumerable<StreamSeries> streams, IReadOnlyList<int> horizons)
    {
        var ordered = streams.Where(stream => !stream.IsFlatInTraining).OrderByDescending(stream => stream.TrainedRows).ToArray();
        if (ordered.Length == 0)
            throw new InvalidDataException("No stream has two different values in its first 15%; there is nothing to learn from. Give more data.");
        _lengths = [.. ordered.Select(stream => stream.TrainedRows)];
        Streams = ordered.Length;
        Steps = _lengths[0];

        var inputs = new float[Steps * Streams * StreamFeatures.InputSize];
        var targets = new float[Steps * Streams * horizons.Count];
        var mask = new float[targets.Length];
        for (var b = 0; b < Streams; b++)
        {
            for (var t = 0; t < _lengths[b]; t++)
            {
                var place = t * Streams + b;
                ordered[b].Features[t].WriteInputs(inputs.AsSpan(place * StreamFeatures.InputSize, StreamFeatures.InputSize));
                for (var i = 0; i < horizons.Count; i++)
                {
                    var target = ordered[b].Target(t, horizons[i]);
                    targets[place * horizons.Count + i] = float.IsNaN(target) ? 0 : target;
                    mask[place * horizons.Count + i] = float.IsNaN(target) ? 0 : 1;
                }
            }
        }

        Inputs = tensor(inputs, [Steps, Streams, StreamFeatures.InputSize]);
        Targets = tensor(targets, [Steps, Streams, horizons.Count]);
        Mask = tensor(mask, [Steps, Streams, horizons.Count]);
    }

    /// <summary>(T, B, 2)</summary>
    public Tensor Inputs { get; }

    /// <summary>(T, B, 4)</summary>
    public Tensor Targets { get; }

    /// <summary>(T, B, 4): 1 where a target counts.</summary>
    public Tensor Mask { get; }

    public int Streams { get; }

    public int Steps { get; }

    /// <summary>Streams that still have rows at a step; they are the first ones.</summary>
    public int ActiveAt(int step) => _lengths.Count(length => length > step);

    public void Dispose()
    {
        Inputs.Dispose();
        Targets.Dispose();
        Mask.Dispose();
    }
}
