using System.Globalization;
using LstmOrleans.Forecasting.Nab;

namespace LstmOrleans.Demo.Tests.Demo;

public sealed class NabDemoTests(DemoFolder folder) : IClassFixture<DemoFolder>
{
    [Fact]
    public async Task Run_TwoFilesOfTheBenchmark_WritesATableAndResultsForItsScorer()
    {
        string directory = Environment.GetEnvironmentVariable("LSTM_NAB_DIR") ?? "";
        Assert.SkipWhen(directory.Length == 0, "LSTM_NAB_DIR does not name a copy of the Numenta Anomaly Benchmark.");
        var file = NabDataset.Read(directory)[0];
        string results = folder.Data("nab-results");

        var result = await DemoProcess.Run("--nab", directory, "--model", folder.Model, "--data", folder.Data("nab"), "--streams", "2", "--results", results);

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains(result.Lines, line => line.StartsWith("2 streams, ", StringComparison.Ordinal) && line.EndsWith("bit for bit", StringComparison.Ordinal));
        Assert.Contains(result.Lines, line => line.TrimStart().StartsWith(file.Key, StringComparison.Ordinal));
        foreach (string detector in new[] { "lstmOrleans", "runningMean" })
        {
            string[] lines = File.ReadAllLines(Path.Combine(results, detector, file.Category, $"{detector}_{file.Name}.csv"));
            Assert.Equal("timestamp,value,anomaly_score,label", lines[0]);
            Assert.Equal(file.Values.Count, lines.Length - 1);
            double[] scores = [.. lines[1..].Select(line => double.Parse(line.Split(',')[2], CultureInfo.InvariantCulture))];
            Assert.All(scores, score => Assert.InRange(score, 0, 1));
            Assert.Contains(scores, score => score > 0);
        }
    }
}
