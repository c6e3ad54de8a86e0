using LstmOrleans.Forecasting;

namespace LstmOrleans.Demo.Tests.Forecasting;

/// <summary>The score as it is defined, for a whole stream at once, with every mean and deviation taken anew.</summary>
internal static class NaiveScore
{
    public static (double Score, bool Alarm)[] Compute(ScorerParameters parameters, int warm, double[] values, float[] answers)
    {
        var features = new StreamFeatures[values.Length];
        for (var row = 0; row < values.Length; row++)
            features[row] = (row == 0 ? default : features[row - 1]).Next(values[row]);
        var terms = parameters.Terms.Select(term => Standings(parameters, term, warm, values, features, answers)).ToArray();

        var result = new (double Score, bool Alarm)[values.Length];
        var lastAlarm = int.MinValue / 2;
        for (var row = 0; row < values.Length; row++)
        {
            var squares = terms.Select((z, i) => parameters.Terms[i].Weight * z[row] * z[row]).Sum();
            var score = Math.Sqrt(squares / parameters.Terms.Sum(term => term.Weight));
            if (row > 0)
            {
                var (low, high) = (values[..row].Min(), values[..row].Max());
                var margin = parameters.RangeMargin * (high - low);
                if (values[row] < low - margin || values[row] > high + margin)
                    score = parameters.RangeScore;
            }

            var alarm = score >= parameters.Threshold && row >= warm && row - lastAlarm > parameters.Pause * warm;
            if (alarm)
                lastAlarm = row;
            result[row] = (score, alarm);
        }

        return result;
    }

    private static double[] Standings(
        ScorerParameters parameters, ScoreTerm term, int warm, double[] values, StreamFeatures[] features, float[] answers)
    {
        var index = Array.IndexOf(parameters.Forecast.Horizons, term.Horizon);
        var window = Math.Max(1, (int)(term.Window * warm));
        var errors = new List<double>();
        var means = new List<double>();
        var standings = new double[values.Length];
        for (var row = term.Horizon; row < values.Length; row++)
        {
            ref readonly var then = ref features[row - term.Horizon];
            var answer = ForecastingGen.At(answers, row - term.Horizon);
            var error = Math.Asinh((values[row] - then.Mean) / then.Deviation) - parameters.Forecast.Middle(index, then, answer);
            if (term.Error == ErrorKind.ScaledShift)
                error /= parameters.Forecast.Spread(index, then, answer);
            error = Math.Clamp(error, -parameters.ErrorClip, parameters.ErrorClip);
            errors.Add(term.Error == ErrorKind.Size ? Math.Abs(error) : error);

            var mean = errors.TakeLast(window).Average();
            if (means.Count > parameters.MeansNeeded)
            {
                var all = means.Average();
                standings[row] = (mean - all) / Math.Max(Math.Sqrt(means.Average(m => (m - all) * (m - all))), parameters.DeviationFloor);
            }

            means.Add(mean);
        }

        return standings;
    }
}
