namespace LstmOrleans.Forecasting;

/// <summary>Mean absolute errors at one horizon on one stream: the model's, 'the last value's' and 'the running mean's'.</summary>
/// <param name="Horizon">Rows ahead.</param>
/// <param name="Rows">Forecasts that met their row.</param>
/// <param name="Model">The model's mean absolute error.</param>
/// <param name="LastValue">That of the value at the row the forecast was made at.</param>
/// <param name="RunningMean">That of the running mean at that row.</param>
public readonly record struct HorizonErrors(int Horizon, long Rows, double Model, double LastValue, double RunningMean)
{
    /// <summary>Model / last value; below 1 the model is better. Not a number for a stream that never changed.</summary>
    public double AgainstLastValue => Model / LastValue;

    /// <summary>Model / running mean; below 1 the model is better.</summary>
    public double AgainstRunningMean => Model / RunningMean;

    /// <summary>Whether there was anything to forecast: without a change both yardsticks are 0 and no ratio exists.</summary>
    public bool IsFlat => !(LastValue > 0 && RunningMean > 0);
}

/// <summary>The fold over a stream that compares forecasts with what came, in the stream's own units.</summary>
public sealed class ForecastErrors
{
    private readonly ForecastForm _form;
    private readonly long _firstRow;
    private readonly Pending[][] _rings;
    private readonly Sums[] _sums;

    /// <summary>A comparison before its first row.</summary>
    /// <param name="form">What the answers mean.</param>
    /// <param name="firstRow">Only forecasts for this row (from 0) and later count: those after the rows a model was trained on.</param>
    public ForecastErrors(ForecastForm form, long firstRow)
    {
        _form = form;
        _firstRow = firstRow;
        _rings = [.. form.Horizons.Select(horizon => new Pending[horizon])];
        _sums = new Sums[form.Horizons.Length];
    }

    /// <summary>Folds one row.</summary>
    /// <param name="features">The features' fold at that row.</param>
    /// <param name="answer">The forecasts made there.</param>
    public void Push(in StreamFeatures features, ReadOnlySpan<float> answer)
    {
        var row = features.Rows - 1;
        for (var i = 0; i < _rings.Length; i++)
        {
            var ring = _rings[i];
            ref var place = ref ring[row % ring.Length];
            if (row >= ring.Length && row >= _firstRow)
                _sums[i].Add(features.Value, place);
            place = new Pending(_form.Value(i, features, answer), features.Value, features.Mean);
        }
    }

    /// <summary>The errors of every horizon so far.</summary>
    public IReadOnlyList<HorizonErrors> Errors => [.. _form.Horizons.Select((horizon, i) => _sums[i].Means(horizon))];

    /// <summary>The geometric mean over streams of one horizon's ratios; NaN without streams that change.</summary>
    /// <param name="streams">One entry for each stream.</param>
    /// <param name="ratio">Which ratio.</param>
    public static double GeometricMean(IEnumerable<HorizonErrors> streams, Func<HorizonErrors, double> ratio)
    {
        var logarithms = streams.Where(errors => !errors.IsFlat).Select(errors => Math.Log(ratio(errors))).ToArray();
        return logarithms.Length == 0 ? double.NaN : Math.Exp(logarithms.Average());
    }

    private readonly record struct Pending(double Model, double LastValue, double RunningMean);

    private struct Sums
    {
        private long _rows;
        private double _model;
        private double _lastValue;
        private double _runningMean;

        public void Add(double value, in Pending forecast)
        {
            _rows++;
            _model += Math.Abs(value - forecast.Model);
            _lastValue += Math.Abs(value - forecast.LastValue);
            _runningMean += Math.Abs(value - forecast.RunningMean);
        }

        public readonly HorizonErrors Means(int horizon) =>
            new(horizon, _rows, _model / _rows, _lastValue / _rows, _runningMean / _rows);
    }
}
