using LstmOrleans.Forecasting;

namespace LstmOrleans.Demo.Tests.Forecasting;

/// <summary>The score as it is defined, for a whole stream at once, with every mean and deviation taken anew.</summary>
internal static class NaiveScore
{
    public static RowScore[] Compute(ScorerParameters parameters, int warm, double[] values, float[] answers)
    {
        var features = new StreamFeatures[values.Length];
        for (var row = 0; row < values.Length; row++)
            features[row] = (row == 0 ? default : features[row - 1]).Next(values[row]);
        var terms = parameters.Terms.Select(term => Standings(parameters, term, warm, values, features, answers)).ToArray();

        var left = Left(parameters, values);
        var result = new RowScore[values.Length];
        var lastAlarm = int.MinValue / 2;
        var lastNotice = int.MinValue / 2;
        for (var row = 0; row < values.Length; row++)
        {
            var squares = terms.Select((z, i) => parameters.Terms[i].Weight * z[row] * z[row]).Sum();
            var score = Math.Sqrt(squares / parameters.Terms.Sum(term => term.Weight));
            var alarm = (score >= parameters.Threshold || left[row]) && row >= warm && row - lastAlarm > parameters.Pause * warm;
            if (left[row] || IsBeyond(parameters, values, row, row, parameters.NoticeMargin))
                score = parameters.RangeScore;
            var notice = score >= parameters.NoticeThreshold && row >= warm && row - lastNotice > parameters.Pause * warm;
            lastAlarm = alarm ? row : lastAlarm;
            lastNotice = notice ? row : lastNotice;
            result[row] = new RowScore(score, alarm, notice);
        }

        return result;
    }

    // The range is that of the rows before the current run of rows beyond it.
    private static bool[] Left(ScorerParameters parameters, double[] values)
    {
        var left = new bool[values.Length];
        var run = 0;
        for (var row = 0; row < values.Length; row++)
        {
            run = IsBeyond(parameters, values, row, row - run, parameters.RangeMargin) ? run + 1 : 0;
            left[row] = run == parameters.RangeRows;
            run %= parameters.RangeRows;
        }

        return left;
    }

    private static bool IsBeyond(ScorerParameters parameters, double[] values, int row, int rangeEnd, double margin)
    {
        var changes = Enumerable.Range(1, Math.Max(0, row - 1)).Count(earlier => values[earlier] != values[earlier - 1]);
        if (row == 0 || changes < parameters.RangeChanges)
            return false;
        var (low, high) = (values[..rangeEnd].Min(), values[..rangeEnd].Max());
        return values[row] < low - margin * (high - low) || values[row] > high + margin * (high - low);
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
