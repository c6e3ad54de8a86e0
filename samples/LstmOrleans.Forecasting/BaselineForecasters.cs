namespace LstmOrleans.Forecasting;

/// <summary>Anything that answers a row in the model's form, so that one scorer serves all.</summary>
public interface IRowForecaster
{
    /// <summary>Answers the row that the fold stands at.</summary>
    /// <param name="features">The fold, that row included.</param>
    /// <param name="answer">Room for <see cref="ForecastForm.AnswerSize"/> numbers.</param>
    void Answer(in StreamFeatures features, Span<float> answer);
}

/// <summary>Forecasts the running mean at every horizon, with spread 1: the yardstick of what a scorer earns without a model.</summary>
public sealed class RunningMeanForecaster : IRowForecaster
{
    private readonly ForecastForm _form;

    /// <summary>A forecaster that answers in the form given.</summary>
    public RunningMeanForecaster(ForecastForm form) => _form = form;

    /// <inheritdoc/>
    public void Answer(in StreamFeatures features, Span<float> answer)
    {
        // The running mean is 0 in asinh units, so the answer takes back what the skip adds.
        for (var i = 0; i < ForecastForm.HorizonCount; i++)
            answer[i] = -_form.Skip[i] * features.Standing;
        answer[ForecastForm.HorizonCount..].Clear();
    }
}

/// <summary>Forecasts the last value at every horizon, with spread 1: 'it stays as it is'.</summary>
public sealed class LastValueForecaster : IRowForecaster
{
    private readonly ForecastForm _form;

    /// <summary>A forecaster that answers in the form given.</summary>
    public LastValueForecaster(ForecastForm form) => _form = form;

    /// <inheritdoc/>
    public void Answer(in StreamFeatures features, Span<float> answer)
    {
        for (var i = 0; i < ForecastForm.HorizonCount; i++)
            answer[i] = (1 - _form.Skip[i]) * features.Standing;
        answer[ForecastForm.HorizonCount..].Clear();
    }
}
