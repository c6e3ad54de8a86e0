using LstmOrleans.Demo.Store;

namespace LstmOrleans.Demo.Tests.Demo;

public sealed class DemoRunTests(DemoFolder folder) : IClassFixture<DemoFolder>
{
    [Fact]
    public async Task Run_WholeRecording_ProvesEveryAnswerAndShowsTheTable()
    {
        var result = await DemoProcess.Run(folder.Arguments("whole"));

        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.Contains($"{DemoFolder.Streams} streams, {DemoFolder.Streams * DemoFolder.Rows} answers: step by step = full sequence, bit for bit", result.Lines);
        Assert.Contains(result.Lines, line => line.Contains("http://127.0.0.1:", StringComparison.Ordinal));
        Assert.Contains(result.Lines, line => line.Contains("events/s", StringComparison.Ordinal) && line.Contains("anomalies", StringComparison.Ordinal));
        Assert.Contains(result.Lines, line => line.TrimStart().StartsWith("cpu-hog ", StringComparison.Ordinal));
        Assert.Contains(result.Lines, line => line.StartsWith("Last third", StringComparison.Ordinal));
        string database = Path.Combine(folder.Data("whole"), "demo.db");
        Assert.Equal(DemoFolder.Streams * DemoFolder.Rows, Database.Query(database, "SELECT sum(count) FROM answers"));
        // Without alarms of both detectors the table, here and in the tests of restarts, would say nothing.
        Assert.Equal(2, Database.Query(database, "SELECT count(DISTINCT detector) FROM alarms WHERE alarm = 1"));
    }

    [Fact]
    public async Task Run_AfterAFinishedOne_SaysSoAndWantsFresh()
    {
        var first = await DemoProcess.Run(folder.Arguments("finished", "--streams", "2", "--rows", "60"));
        var second = await DemoProcess.Run(folder.Arguments("finished", "--streams", "2", "--rows", "60"));
        var fresh = await DemoProcess.Run(folder.Arguments("finished", "--streams", "2", "--rows", "60", "--fresh"));

        Assert.True(first.ExitCode == 0, first.Errors);
        Assert.Equal(2, second.ExitCode);
        Assert.Contains("finished", second.Errors, StringComparison.Ordinal);
        Assert.Contains("--fresh", OneLine(second), StringComparison.Ordinal);
        Assert.True(fresh.ExitCode == 0, fresh.Errors);
        Assert.Equal(first.Verdict, fresh.Verdict);
    }

    [Fact]
    public async Task Run_OtherRowsThanTheStoredOnes_IsRefused()
    {
        var first = await DemoProcess.Run(folder.Arguments("other", "--streams", "1", "--rows", "50"));
        var second = await DemoProcess.Run(folder.Arguments("other", "--streams", "1", "--rows", "51"));

        Assert.True(first.ExitCode == 0, first.Errors);
        Assert.Equal(2, second.ExitCode);
        Assert.Contains("other streams or rows", OneLine(second), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proof_OneBitOfOneAnswerChanged_FailsAndNamesStreamAndRow()
    {
        string database = Path.Combine(folder.Data("bit"), "demo.db");
        var whole = await DemoProcess.Run(folder.Arguments("bit", "--rows", "50", "--events-per-call", "10"));
        Assert.True(whole.ExitCode == 0, whole.Errors);
        Database.Execute(database, "UPDATE run SET finished = 0");
        // Answers 21 to 30; 8 numbers of 4 bytes each: the lowest bit of the first number of row 23.
        Database.FlipLowestBit(database, "answers", "answers", "stream = 3 AND first = 21", offset: 2 * 8 * 4);

        var result = await DemoProcess.Run(folder.Arguments("bit", "--rows", "50", "--events-per-call", "10"));

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("NOT THE SAME: stream 'metric_3', row 23:", OneLine(result), StringComparison.Ordinal);
        Assert.DoesNotContain(result.Lines, line => line.Contains("bit for bit", StringComparison.Ordinal));
    }

    [Fact]
    public void Clear_KilledAfterTheFirstDeletion_FinishesIt()
    {
        string path = Directory.CreateDirectory(folder.Data("half-cleared")).FullName;
        File.WriteAllText(Path.Combine(path, "fresh.pending"), "");
        File.WriteAllText(Path.Combine(path, "streams.db"), "streams of the run whose demo.db is gone");

        using var opened = DataFolder.Open(path);
        opened.Clear(fresh: false);

        Assert.False(File.Exists(Path.Combine(path, "streams.db")));
        Assert.False(File.Exists(Path.Combine(path, "fresh.pending")));
    }

    private static string OneLine(DemoResult result) => Assert.Single(result.Errors.TrimEnd().Split('\n'));
}
