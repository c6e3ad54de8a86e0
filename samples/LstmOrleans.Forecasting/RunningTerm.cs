namespace LstmOrleans.Forecasting;

/// <summary>One term of the score at work on one stream: the forecasts it waits for and the means of its errors.</summary>
internal sealed class RunningTerm
{
    private readonly ScoreTerm _term;
    private readonly ForecastForm _form;
    private readonly int _index;
    private readonly double _errorClip;
    private readonly PendingForecasts _pending;
    private readonly ErrorMeans _means;

    public RunningTerm(ScoreTerm term, ScorerParameters parameters, int warmRows)
    {
        _term = term;
        _form = parameters.Forecast;
        _index = Array.IndexOf(_form.Horizons, term.Horizon);
        _errorClip = parameters.ErrorClip;
        _pending = new PendingForecasts(term.Horizon);
        _means = new ErrorMeans(Math.Max(1, (int)(term.Window * warmRows)), parameters.MeansNeeded, parameters.DeviationFloor);
    }

    public int StateBytes => _pending.StateBytes + _means.StateBytes;

    /// <summary>weight Z^2 of the row; 0 while the stream is too young to have a forecast for it.</summary>
    public double Push(long row, double value)
    {
        if (!_pending.TryGetFor(row, out var forecast))
            return 0;
        var standing = _means.Push(Error(forecast, value));
        return _term.Weight * (standing * standing);
    }

    public void Issue(long row, in StreamFeatures features, ReadOnlySpan<float> answer)
    {
        var middle = (float)_form.Middle(_index, features, answer);
        var spread = (float)_form.Spread(_index, features, answer);
        _pending.Issue(row, new PendingForecast(features.Mean, features.Deviation, middle, spread));
    }

    public void Write(ref StateWriter writer)
    {
        _pending.Write(ref writer);
        _means.Write(ref writer);
    }

    public void Read(ref StateReader reader)
    {
        _pending.Read(ref reader);
        _means.Read(ref reader);
    }

    private float Error(in PendingForecast forecast, double value)
    {
        var error = forecast.Error(value);
        if (_term.Error == ErrorKind.ScaledShift)
            error /= forecast.Spread;
        error = Math.Clamp(error, -_errorClip, _errorClip);
        return (float)(_term.Error == ErrorKind.Size ? Math.Abs(error) : error);
    }
}
