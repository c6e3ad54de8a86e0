namespace LstmOrleans.Forecasting;

/// <summary>What the eight numbers of the model's answer mean.</summary>
/// <remarks>
/// The model sees a row's inputs and answers <c>out[0..3]</c> and <c>out[4..7]</c>, one pair per horizon h. They forecast
/// y = asinh((x[t + h] - m[t]) / s[t]): its middle is <c>skip_h * standing + out[i]</c>, its spread exp(clamp(out[4 + i])).
/// The skip is a learned straight line from the first input past the LSTM, so that the LSTM only has to learn what 'stays as it is' gets wrong.
/// </remarks>
public sealed record ForecastForm
{
    /// <summary>Horizons of one answer.</summary>
    public const int HorizonCount = 4;

    /// <summary>Numbers of one answer.</summary>
    public const int AnswerSize = 2 * HorizonCount;

    /// <summary>h, in rows; ascending.</summary>
    public required int[] Horizons { get; init; }

    /// <summary>The skip factor of each horizon.</summary>
    public required float[] Skip { get; init; }

    /// <summary>Lower bound of log sigma.</summary>
    public required double LogSigmaMinimum { get; init; }

    /// <summary>Upper bound of log sigma.</summary>
    public required double LogSigmaMaximum { get; init; }

    /// <summary>The middle of the forecast in asinh units of the row it was made at.</summary>
    public double Middle(int index, float standing, ReadOnlySpan<float> answer) => (double)Skip[index] * standing + answer[index];

    /// <summary>The natural logarithm of the forecast's spread, in the same units.</summary>
    public double LogSigma(int index, ReadOnlySpan<float> answer) =>
        Math.Clamp(answer[HorizonCount + index], LogSigmaMinimum, LogSigmaMaximum);

    /// <summary>The forecast in the stream's own units, for people: m + s sinh(middle).</summary>
    /// <param name="index">Which horizon.</param>
    /// <param name="features">The fold at the row the forecast was made at.</param>
    /// <param name="answer">The model's answer to that row.</param>
    public double Value(int index, in StreamFeatures features, ReadOnlySpan<float> answer) =>
        features.Mean + features.Deviation * Math.Sinh(Math.Clamp(Middle(index, features.Standing, answer), -30, 30));

    /// <summary>Checks the lengths and ranges.</summary>
    /// <exception cref="InvalidDataException">A rule is broken; the message names the value, the rule and the remedy.</exception>
    public void Validate()
    {
        if (Horizons.Length != HorizonCount)
            throw Broken($"forecast.horizons has {Horizons.Length} values; the answer's {AnswerSize} numbers need {HorizonCount}");
        if (Skip.Length != HorizonCount)
            throw Broken($"forecast.skip has {Skip.Length} values; there is one for each of the {HorizonCount} horizons");
        for (var i = 0; i < HorizonCount; i++)
        {
            if (Horizons[i] < 1 || Horizons[i] > 100_000 || (i > 0 && Horizons[i] <= Horizons[i - 1]))
                throw Broken($"forecast.horizons[{i}] is {Horizons[i]}; horizons are rows from 1 to 100000, ascending");
            if (!float.IsFinite(Skip[i]))
                throw Broken($"forecast.skip[{i}] is {Skip[i]}; it must be a number");
        }

        if (!(LogSigmaMinimum < LogSigmaMaximum) || Math.Abs(LogSigmaMinimum) > 100 || Math.Abs(LogSigmaMaximum) > 100)
            throw Broken($"forecast.logSigmaMinimum {LogSigmaMinimum} and logSigmaMaximum {LogSigmaMaximum} must ascend and lie within 100 of 0");
    }

    private static InvalidDataException Broken(FormattableString rule) =>
        new(FormattableString.Invariant(rule) + "; correct the parameter file or take the one that was written with the model.");
}
