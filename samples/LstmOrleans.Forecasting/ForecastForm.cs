namespace LstmOrleans.Forecasting;

/// <summary>What the eight numbers of the model's answer mean.</summary>
/// <remarks>
/// The model sees a row's inputs and answers <c>out[0..3]</c> and <c>out[4..7]</c>, one pair per horizon h. They forecast
/// y = asinh((x[t + h] - m[t]) / s[t]) for a stream that stands at z, its first input:
/// <code>
///   middle = skip_h z + u out[i]      spread = u exp(clamp(out[4 + i]))
///   next row (h = 1): u = sqrt(1 - rho^2), at least 0.01      later rows: u = 1
/// </code>
/// The skip is a learned straight line past the LSTM, so that the LSTM only has to learn what 'stays as it is' gets wrong. For the next
/// row it says so in units of what is usual between neighbours of this very stream: a smooth stream moves by a thousandth of s in a
/// row, and the output of an LSTM that serves all streams is not that exact.
/// </remarks>
public sealed record ForecastForm
{
    /// <summary>Horizons of one answer.</summary>
    public const int HorizonCount = 4;

    /// <summary>Numbers of one answer.</summary>
    public const int AnswerSize = 2 * HorizonCount;

    private const double SmallestUnit = 0.01;

    /// <summary>h, in rows; ascending from 1.</summary>
    public required int[] Horizons { get; init; }

    /// <summary>The skip factor of each horizon.</summary>
    public required float[] Skip { get; init; }

    /// <summary>Lower bound of log sigma.</summary>
    public required double LogSigmaMinimum { get; init; }

    /// <summary>Upper bound of log sigma.</summary>
    public required double LogSigmaMaximum { get; init; }

    /// <summary>u: what the model's numbers are measured in.</summary>
    public static double Unit(int index, in StreamFeatures features)
    {
        if (index > 0)
            return 1;
        var rho = features.Persistence;
        return Math.Max(Math.Sqrt(1 - rho * rho), SmallestUnit);
    }

    /// <summary>The middle of the forecast in asinh units of the row it was made at.</summary>
    /// <param name="index">Which horizon.</param>
    /// <param name="features">The fold at the row the forecast was made at.</param>
    /// <param name="answer">The model's answer to that row.</param>
    public double Middle(int index, in StreamFeatures features, ReadOnlySpan<float> answer) =>
        (double)Skip[index] * features.Standing + Unit(index, features) * answer[index];

    /// <summary>The forecast's spread, in the same units.</summary>
    public double Spread(int index, in StreamFeatures features, ReadOnlySpan<float> answer) =>
        Unit(index, features) * PortableMath.Exp(Math.Clamp(answer[HorizonCount + index], LogSigmaMinimum, LogSigmaMaximum));

    /// <summary>The forecast in the stream's own units, for people: m + s sinh(middle).</summary>
    public double Value(int index, in StreamFeatures features, ReadOnlySpan<float> answer) =>
        features.Mean + features.Deviation * Math.Sinh(Math.Clamp(Middle(index, features, answer), -30, 30));

    /// <summary>The numbers of an answer whose middle is the one given: how a forecaster without a model answers.</summary>
    internal void AnswerMiddle(in StreamFeatures features, double middle, Span<float> answer)
    {
        for (var i = 0; i < HorizonCount; i++)
            answer[i] = (float)((middle - (double)Skip[i] * features.Standing) / Unit(i, features));
        answer[HorizonCount..].Clear();
    }

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
            if (i == 0 ? Horizons[0] != 1 : Horizons[i] > 100_000 || Horizons[i] <= Horizons[i - 1])
                throw Broken($"forecast.horizons[{i}] is {Horizons[i]}; the first is 1, and they ascend up to 100000");
            if (!float.IsFinite(Skip[i]))
                throw Broken($"forecast.skip[{i}] is {Skip[i]}; it must be a number");
        }

        if (!(LogSigmaMinimum < LogSigmaMaximum) || Math.Abs(LogSigmaMinimum) > 100 || Math.Abs(LogSigmaMaximum) > 100)
        {
            throw Broken(
                $"forecast.logSigmaMinimum {LogSigmaMinimum} and logSigmaMaximum {LogSigmaMaximum} must ascend and lie within 100 of 0");
        }
    }

    private static InvalidDataException Broken(FormattableString rule) =>
        new(FormattableString.Invariant(rule) + "; correct the parameter file or take the one that was written with the model.");
}
