using LstmOrleans.Forecasting;
using LstmOrleans.Numerics;

namespace LstmOrleans.Training;

/// <summary>One data set's forecasts at one horizon, as geometric means over its streams that change.</summary>
/// <param name="Source">The data set.</param>
/// <param name="Horizon">Rows ahead.</param>
/// <param name="Streams">Streams in the mean.</param>
/// <param name="FlatStreams">Streams left out because nothing in them changes.</param>
/// <param name="AgainstLastValue">MAE(LSTM) / MAE(last value).</param>
/// <param name="AgainstRunningMean">MAE(LSTM) / MAE(running mean).</param>
internal sealed record HorizonFigures(
    string Source, int Horizon, int Streams, int FlatStreams, double AgainstLastValue, double AgainstRunningMean);

/// <summary>Measures forecasts with this project's own LSTM core, the one that serves them.</summary>
internal static class ForecastEvaluation
{
    /// <summary>The errors of a forecaster on a stream, over the rows after those that training may see.</summary>
    public static IReadOnlyList<HorizonErrors> Measure(TrainedForecaster forecaster, LstmModel model, StreamSeries stream)
    {
        var errors = new ForecastErrors(forecaster.Form, stream.TrainedRows);
        var state = new LstmState(model.Shape);
        Span<float> inputs = stackalloc float[StreamFeatures.InputSize];
        Span<float> answer = stackalloc float[ForecastForm.AnswerSize];
        var output = new float[model.Shape.OutputSize];
        foreach (ref readonly var features in stream.Features.AsSpan())
        {
            features.WriteInputs(inputs);
            model.Step(inputs, state, output);
            model.Answer(output, answer);
            errors.Push(features, answer);
        }

        return errors.Errors;
    }

    /// <summary>Geometric means for each data set and horizon.</summary>
    public static IReadOnlyList<HorizonFigures> Summarize(
        IReadOnlyCollection<(StreamSeries Stream, IReadOnlyList<HorizonErrors> Errors)> measured) =>
    [
        .. from one in measured
           from errors in one.Errors
           group errors by (one.Stream.Source, errors.Horizon) into same
           select new HorizonFigures(
               same.Key.Source, same.Key.Horizon, same.Count(errors => !errors.IsFlat), same.Count(errors => errors.IsFlat),
               ForecastErrors.GeometricMean(same, errors => errors.AgainstLastValue),
               ForecastErrors.GeometricMean(same, errors => errors.AgainstRunningMean)),
    ];
}
