using LstmOrleans.Recording;
using LstmOrleans.Recording.Faults;
using LoadedRecording = LstmOrleans.Recording.Recording;

namespace LstmOrleans.Client.Tests.Recording;

/// <summary>Really records the machine the tests run on.</summary>
public sealed class RecorderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Output => _directory.File("recording");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Run_ThreeSeconds_WritesARowEachSecond()
    {
        LstmProgram.SkipUnlessLinux();
        var shown = new List<RecorderProgress>();

        var card = new Recorder(Options(seconds: 3)).Run(shown.Add, TestContext.Current.CancellationToken);

        var recording = LoadedRecording.Load(Output);
        // A machine that hangs may lose rows, but never silently.
        Assert.Equal(3, card.Rows + card.MissedRows);
        Assert.Equal(card.Rows, recording.Rows);
        Assert.Equal(card.Rows, shown.Count);
        Assert.True(recording.Streams.Count >= 40, $"only {recording.Streams.Count} streams");
        Assert.Equal(recording.Streams.Count, recording.Streams.Distinct().Count());
        Assert.Equal(recording.Streams, recording.Card.Streams);
        Assert.Equal(recording.Timestamps.Order(), recording.Timestamps);
        Assert.All(Column(recording, "mem_free_mib"), value => Assert.True(value > 0));
        Assert.All(Column(recording, "loopback_ms"), value => Assert.True(value > 0));
        Assert.All(Column(recording, "fsync_ms"), value => Assert.True(value > 0));
        Assert.Empty(recording.Labels);
        Assert.NotNull(recording.Card.Ended);
        Assert.DoesNotContain(_directory.Path, File.ReadAllText(Path.Combine(Output, "card.json")), StringComparison.Ordinal);
        Assert.Equal(3, Directory.EnumerateFileSystemEntries(Output).Count());
    }

    [Fact]
    public void Run_WithFaults_LabelsTheRowsTheyFellIn()
    {
        LstmProgram.SkipUnlessLinux();
        var rules = new FaultRules { Warmup = 1, Shortest = 1, Longest = 1, ShortestSlow = 1, LongestSlow = 1, Pause = 1, Share = 0.5 };
        var options = Options(seconds: 6) with { FaultSeed = 3, Rules = rules };

        var card = new Recorder(options).Run(null, TestContext.Current.CancellationToken);

        var recording = LoadedRecording.Load(Output);
        Assert.Equal(2, card.PlannedFaults.Count);
        Assert.NotEmpty(recording.Labels);
        Assert.Equal(card.Faults, recording.Labels.Count);
        foreach (var (label, planned) in recording.Labels.Zip(card.PlannedFaults))
        {
            Assert.Equal(planned.Kind, label.Kind);
            Assert.InRange(label.StartRow, 2, label.EndRow);
            Assert.InRange(label.EndRow, label.StartRow, recording.Rows);
            // The row before was measured before it began.
            Assert.True(recording.Timestamps[label.StartRow - 2] <= label.Start.AddMilliseconds(1));
        }
    }

    [Fact]
    public async Task Program_Terminated_EndsWithAWholeRecording()
    {
        LstmProgram.SkipUnlessLinux();
        using var program = LstmProgram.Start("record", "--out", Output, "--seconds", "600", "--interval", "200ms");
        // The first line of progress: a row is written.
        var first = await program.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("1 rows", first, StringComparison.Ordinal);

        Assert.True(Posix.Signal(program.Id, signal: 15));
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, program.ExitCode);
        var recording = LoadedRecording.Load(Output);
        Assert.InRange(recording.Rows, 1, 3_000);
        Assert.Equal(recording.Rows, recording.Card.Rows);
        Assert.NotNull(recording.Card.Ended);
    }

    [Theory]
    [InlineData("Option --out is required", "record")]
    [InlineData("not both", "record", "--out", "x", "--minutes", "1", "--seconds", "1")]
    [InlineData("The interval is soon", "record", "--out", "x", "--interval", "soon")]
    [InlineData("give one between 0.1 s and 60 s", "record", "--out", "x", "--interval", "1ms")]
    [InlineData("The length is -1 s", "record", "--out", "x", "--seconds", "-1")]
    [InlineData("no room for a fault", "record", "--out", "x", "--seconds", "100", "--faults", "1")]
    [InlineData("is not empty", "record", "--out", "/")]
    [InlineData("does not exist", "record", "--out", "x", "--dir-for-disk-work", "/no/such/directory")]
    public async Task Program_WrongUsage_SaysSoInOneLine(string message, params string[] arguments)
    {
        LstmProgram.SkipUnlessLinux();
        using var program = LstmProgram.Start(arguments);
        var output = program.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(2, program.ExitCode);
        Assert.Contains(message, errors.Replace("'", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("", (await output).Trim());
    }

    private static float[] Column(LoadedRecording recording, string stream) =>
        recording.Columns[recording.Streams.ToList().IndexOf(stream)];

    private RecorderOptions Options(double seconds) => new()
    {
        OutputDirectory = Output,
        Duration = TimeSpan.FromSeconds(seconds),
        Children = LstmProgram.Command,
    };
}
