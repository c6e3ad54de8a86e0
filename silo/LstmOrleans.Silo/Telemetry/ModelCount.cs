using LstmOrleans.Numerics;

namespace LstmOrleans.Silo.Telemetry;

/// <summary>What was computed with one model in this silo.</summary>
internal sealed class ModelCount
{
    private readonly long _flopsOfStep;
    private readonly Tally _steps;
    private readonly Tally _flops;

    /// <param name="tag">The value of <see cref="LstmMeter.ModelTag"/>.</param>
    /// <param name="flopsOfStep">Floating-point operations of one step.</param>
    /// <param name="shared">The count it is part of, for what goes under a common tag.</param>
    public ModelCount(string tag, long flopsOfStep, ModelCount? shared = null)
    {
        Tag = new(LstmMeter.ModelTag, tag);
        _flopsOfStep = flopsOfStep;
        (_steps, _flops) = shared == null ? (new(), new()) : (shared._steps, shared._flops);
    }

    public KeyValuePair<string, object?> Tag { get; }

    public long Steps => _steps.Sum;

    public long Flops => _flops.Sum;

    /// <summary>Steps of a stream; they may be told.</summary>
    public void Stepped(long steps)
    {
        _steps.Add(steps);
        _flops.Add(steps * _flopsOfStep);
    }

    /// <summary>Steps of sequences, in a batch forward.</summary>
    public void Forwarded(long steps) => _flops.Add(steps * _flopsOfStep);

    /// <summary>Operations of one step in all layers, directions and the head: two for each weight, a product and a sum. What is done for each unit is not counted.</summary>
    public static long FlopsOf(LstmModel model)
    {
        var shape = model.Shape;
        long weights = model.HasHead ? (long)model.AnswerSize * shape.OutputSize : 0;
        for (int layer = 0; layer < shape.NumLayers; layer++)
            weights += shape.Directions * ((4L * shape.HiddenSize * (shape.LayerInputSize(layer) + shape.StateSize)) + ((long)shape.ProjSize * shape.HiddenSize));
        return 2 * weights;
    }
}
