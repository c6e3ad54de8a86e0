using LstmOrleans.Forecasting;
using LstmOrleans.Forecasting.Nab;

namespace LstmOrleans.Demo.Tests.Forecasting;

/// <summary>Runs over a real copy of the benchmark, where one is at hand.</summary>
public sealed class NabBenchmarkTests
{
    [Fact]
    public void Read_RealCopy_HasEveryLabelledWindowInItsRows()
    {
        var files = NabDataset.Read(DirectoryOrSkip());

        var real = files.Where(file => file.Category.StartsWith("real", StringComparison.Ordinal)).ToArray();
        Assert.Equal(47, real.Length);
        Assert.Equal(110, real.Sum(file => file.Windows.Count));
        Assert.All(real, file => Assert.All(file.Windows, window => Assert.InRange(window.FirstRow, file.ProbationRows, window.LastRow)));
    }

    [Fact]
    public void Push_RunningMeanOverRealFiles_FindsMostWindowsWithFewNotices()
    {
        var files = NabDataset.Read(DirectoryOrSkip()).Where(file => file.Category.StartsWith("real", StringComparison.Ordinal)).ToArray();
        var forecaster = new RunningMeanForecaster(ForecastingGen.Parameters.Forecast);
        int hits = 0, falseNotices = 0;
        foreach (var file in files)
        {
            var notices = Notices(file, forecaster);
            hits += file.Windows.Count(window => notices.Any(row => window.FirstRow <= row && row <= window.LastRow));
            falseNotices += notices.Count(row => !file.Windows.Any(window => window.FirstRow <= row && row <= window.LastRow));
        }

        // Of 110 windows and 321,206 rows. Seen: 92 and 176.
        Assert.InRange(hits, 88, 110);
        Assert.InRange(falseNotices, 0, 200);
    }

    private static List<int> Notices(NabFile file, RunningMeanForecaster forecaster)
    {
        var scorer = new AnomalyScorer(ForecastingGen.Parameters, ForecastingGen.Parameters.WarmFor(file.Values.Count));
        var features = default(StreamFeatures);
        var answer = new float[ForecastForm.AnswerSize];
        var notices = new List<int>();
        for (var row = 0; row < file.Values.Count; row++)
        {
            features = features.Next(file.Values[row]);
            forecaster.Answer(features, answer);
            if (scorer.Push(row + 1, file.Values[row], answer).Notice)
                notices.Add(row);
        }

        return notices;
    }

    private static string DirectoryOrSkip()
    {
        var directory = Environment.GetEnvironmentVariable("LSTM_NAB_DIR");
        Assert.SkipWhen(string.IsNullOrEmpty(directory), "LSTM_NAB_DIR is not set; it names a copy of the Numenta Anomaly Benchmark.");
        return directory!;
    }
}
