using LstmOrleans.Recording;
using LoadedRecording = LstmOrleans.Recording.Recording;

namespace LstmOrleans.Client.Tests.Recording;

public sealed class RecordingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public RecordingTests()
    {
        Write("metrics.csv",
            """
            row,timestamp,load,mem
            1,2026-01-31T12:00:00.000Z,0.5,23833
            2,2026-01-31T12:00:01.000Z,,23834

            """);
        Write("labels.csv",
            """
            kind,start_row,end_row,start,end,detail
            cpu-hog,1,2,2026-01-31T12:00:00.100Z,2026-01-31T12:00:01.000Z,2 busy threads

            """);
        RecordingFiles.WriteCard(_directory.Path, new RecordingCard
        {
            Machine = new MachineDescription("a processor", 2, 1024, "6.1", "vda", "ext4"),
            Started = DateTimeOffset.UnixEpoch,
            IntervalSeconds = 1,
            PlannedSeconds = 2,
            FaultSeed = 7,
            Rows = 2,
            Streams = ["load", "mem"],
            PlannedFaults = [],
            Faults = 1,
            Command = "lstm record --out <directory>",
        });
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Load_WholeRecording_GivesColumnsLabelsAndCard()
    {
        var recording = LoadedRecording.Load(_directory.Path);

        Assert.Equal(["load", "mem"], recording.Streams);
        Assert.Equal(2, recording.Rows);
        Assert.Equal([0.5f, float.NaN], recording.Columns[0]);
        Assert.Equal([23833f, 23834f], recording.Columns[1]);
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 12, 0, 1, TimeSpan.Zero), recording.Timestamps[1]);
        var label = Assert.Single(recording.Labels);
        Assert.Equal(("cpu-hog", 1, 2, "2 busy threads"), (label.Kind, label.StartRow, label.EndRow, label.Detail));
        Assert.Equal(7, recording.Card.FaultSeed);
    }

    [Fact]
    public void Pack_Recording_IsReadBackTheSame()
    {
        var packed = _directory.File("packed");

        RecordingPack.Write(_directory.Path, packed);

        Assert.False(File.Exists(Path.Combine(packed, "metrics.csv")));
        var (before, after) = (LoadedRecording.Load(_directory.Path), LoadedRecording.Load(packed));
        Assert.Equal(before.Columns, after.Columns);
        Assert.Equal(before.Labels, after.Labels);
    }

    [Theory]
    [InlineData("3,2026-01-31T12:00:02.000Z,1\n", "metrics.csv line 4 has 3 cells, the first line names 4 columns")]
    [InlineData("4,2026-01-31T12:00:02.000Z,1,2\n", "metrics.csv line 4 is row 4 where row 3 is next")]
    [InlineData("3,2026-01-31T12:00:02.000Z,1,many\n", "metrics.csv line 4 has 'many' in cell 4")]
    [InlineData("3,yesterday,1,2\n", "metrics.csv line 4 has 'yesterday' in cell 2")]
    public void Load_BrokenRow_NamesFileAndLine(string row, string message)
    {
        File.AppendAllText(_directory.File("metrics.csv"), row);

        Assert.StartsWith(message, LoadError<InvalidDataException>(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_BrokenLabel_NamesFileAndLine()
    {
        File.AppendAllText(_directory.File("labels.csv"), "cpu-hog,first,2,2026-01-31T12:00:00Z,2026-01-31T12:00:01Z,\n");

        Assert.StartsWith("labels.csv line 3 has 'first' in cell 2", LoadError<InvalidDataException>(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OtherHeader_NamesTheColumnsOfARecording()
    {
        Write("metrics.csv", "time,load\n");

        Assert.StartsWith("metrics.csv line 1 starts with 'time'", LoadError<InvalidDataException>(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_BrokenCard_NamesFileAndLine()
    {
        Write("card.json", "{\n  \"machine\": 5\n}\n");

        Assert.StartsWith("card.json line 2 is not what a card holds", LoadError<InvalidDataException>(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoMetrics_SaysWhatToGive()
    {
        File.Delete(_directory.File("metrics.csv"));

        Assert.Contains("give a directory written by 'lstm record'", LoadError<FileNotFoundException>(), StringComparison.Ordinal);
    }

    private string LoadError<T>()
        where T : Exception => Assert.Throws<T>(() => LoadedRecording.Load(_directory.Path)).Message;

    private void Write(string name, string text) => File.WriteAllText(_directory.File(name), text);
}
