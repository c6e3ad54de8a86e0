namespace LstmOrleans.Forecasting;

/// <summary>Anything that answers a row in the model's form, so that one scorer serves all.</summary>
public interface IRowForecaster
{
    /// <summary>Answers the row that the fold stands at.</summary>
    /// <param name="features">The fold, that row included.</param>
    /// <param name="answer">Room for <see cref="ForecastForm.AnswerSize"/> numbers.</param>
    void Answer(in StreamFeatures features, Span<float> answer);
}

/// <summary>Forecasts the running mean at every horizon, always with the same spread: what the scorer earns without a model.</summary>
public sealed class RunningMeanForecaster : IRowForecaster
{
    private readonly ForecastForm _form;

    /// <summary>A forecaster that answers in the form given.</summary>
    public RunningMeanForecaster(ForecastForm form) => _form = form;

    /// <inheritdoc/>
    public void Answer(in StreamFeatures features, Span<float> answer) => _form.AnswerMiddle(features, middle: 0, answer);
}

/// <summary>Forecasts the last value at every horizon, always with the same spread: 'it stays as it is'.</summary>
public sealed class LastValueForecaster : IRowForecaster
{
    private readonly ForecastForm _form;

    /// <summary>A forecaster that answers in the form given.</summary>
    public LastValueForecaster(ForecastForm form) => _form = form;

    /// <inheritdoc/>
    public void Answer(in StreamFeatures features, Span<float> answer) => _form.AnswerMiddle(features, features.Standing, answer);
}
