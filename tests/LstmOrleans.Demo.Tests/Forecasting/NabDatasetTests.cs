using LstmOrleans.Forecasting.Nab;

namespace LstmOrleans.Demo.Tests.Forecasting;

public sealed class NabDatasetTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("lstm-nab-").FullName;

    [Fact]
    public void Read_SmallCopy_GivesRowsAndWindows()
    {
        WriteData("realTraffic/speed.csv",
            "timestamp,value", "2015-08-31 18:22:00,90", "2015-08-31 18:32:00,80.5", "2015-08-31 18:42:00,1e3");
        WriteLabels("""
            {"realTraffic/speed.csv": [["2015-08-31 18:32:00.000000", "2015-08-31 18:42:00.000000"]], "realTweets/other.csv": []}
            """);

        var file = Assert.Single(NabDataset.Read(_root));

        Assert.Equal("realTraffic/speed.csv", file.Key);
        Assert.Equal([90, 80.5, 1000], file.Values);
        Assert.Equal("2015-08-31 18:32:00", file.Timestamps[1]);
        Assert.Equal([new NabWindow(1, 2)], file.Windows);
    }

    [Theory]
    [InlineData("time,value", "2015-08-31 18:22:00,90", "line 1: the header is 'time,value'")]
    [InlineData("timestamp,value", "2015-08-31,90", "line 2: '2015-08-31,90' does not begin with a time")]
    [InlineData("timestamp,value", "2015-08-31 18:22:00;90", "line 2")]
    [InlineData("timestamp,value", "2015-08-31 18:22:00,fast", "line 2: 'fast' is not a finite number")]
    [InlineData("timestamp,value", "2015-08-31 18:22:00,NaN", "line 2: 'NaN' is not a finite number")]
    [InlineData("timestamp,value", "", "line 2")]
    public void Read_BrokenLine_NamesFileAndLine(string header, string line, string expected)
    {
        WriteData("realTraffic/speed.csv", header, line);
        WriteLabels("""{"realTraffic/speed.csv": []}""");

        var error = Assert.Throws<InvalidDataException>(() => NabDataset.Read(_root));

        Assert.Contains("speed.csv", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_HeaderOnly_SaysThatRowsAreMissing()
    {
        WriteData("realTraffic/speed.csv", "timestamp,value");
        WriteLabels("""{"realTraffic/speed.csv": []}""");

        var error = Assert.Throws<InvalidDataException>(() => NabDataset.Read(_root));

        Assert.Contains("line 2: there are no rows", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "has no entry 'realTraffic/speed.csv'")]
    [InlineData("""{"realTraffic/speed.csv": [["2015-08-31 18:22:00"]]}""", "it must be two times")]
    [InlineData("""{"realTraffic/speed.csv": [["2015-08-31 18:22:00", "2016-01-01 00:00:00"]]}""", "has no rows")]
    [InlineData("{\n\"realTraffic/speed.csv\": 7}", "line 2")]
    public void Read_LabelsDoNotFit_SaysWhatIsWrong(string labels, string expected)
    {
        WriteData("realTraffic/speed.csv", "timestamp,value", "2015-08-31 18:22:00,90");
        WriteLabels(labels);

        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => NabDataset.Read(_root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoSuchFolder_SaysWhichOneToName()
    {
        var error = Assert.Throws<DirectoryNotFoundException>(() => NabDataset.Read(Path.Combine(_root, "nothing")));

        Assert.Contains("holds 'data' and 'labels'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Detections_AreInTheBenchmarksForm()
    {
        var file = new NabFile("realTraffic", "speed", ["2015-08-31 18:22:00", "2015-08-31 18:32:00"], [90, 0.5], [new NabWindow(1, 1)]);

        var path = NabResults.Write(Path.Combine(_root, "results"), "lstm", file, [0, 1]);

        Assert.Equal(Path.Combine(_root, "results", "lstm", "realTraffic", "lstm_speed.csv"), path);
        Assert.Equal(
            "timestamp,value,anomaly_score,label\n2015-08-31 18:22:00,90,0,0\n2015-08-31 18:32:00,0.5,1,1\n", File.ReadAllText(path));
    }

    [Fact]
    public void Write_DetectorWithSeparator_IsRefused()
    {
        var file = new NabFile("realTraffic", "speed", ["2015-08-31 18:22:00"], [90], []);

        var error = Assert.Throws<ArgumentException>(() => NabResults.Write(_root, "my_lstm", file, [0]));
        Assert.Contains("'my_lstm'", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => NabResults.Write(_root, "lstm", file, [1.5]));
        Assert.Throws<ArgumentException>(() => NabResults.Write(_root, "lstm", file, []));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void WriteData(string key, params string[] lines)
    {
        var path = Path.Combine(_root, "data", key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllLines(path, lines);
    }

    private void WriteLabels(string json)
    {
        Directory.CreateDirectory(Path.Combine(_root, "labels"));
        File.WriteAllText(Path.Combine(_root, "labels", "combined_windows.json"), json);
    }
}
