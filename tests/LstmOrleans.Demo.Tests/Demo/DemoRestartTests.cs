namespace LstmOrleans.Demo.Tests.Demo;

public sealed class DemoRestartTests(DemoFolder folder, ITestOutputHelper output) : IClassFixture<DemoFolder>
{
    private const int Events = DemoFolder.Streams * DemoFolder.Rows;

    // Few events per call make a run of many transactions, and so of many places to die in.
    private static readonly string[] SmallCalls = ["--events-per-call", "3"];

    [Fact]
    public async Task Run_KilledAgainAndAgain_EndsWithTheSameTable()
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var whole = await DemoProcess.Run(folder.Arguments("uninterrupted", SmallCalls));
        Assert.True(whole.ExitCode == 0, whole.Errors);
        string streams = Path.Combine(folder.Data("killed"), "streams.db"), demo = Path.Combine(folder.Data("killed"), "demo.db");

        // Incarnations are stored and no stream is open; some streams are open and none has a step; then anywhere.
        await KillWhen(demo, "SELECT count(*) FROM streams", DemoFolder.Streams);
        Assert.Equal(0, Database.Query(demo, "SELECT sum(position) FROM streams"));
        await KillWhen(streams, "SELECT count(*) FROM records", 1);
        // Not near the end: on a busy machine the look comes late, and what is over cannot be killed.
        foreach (double share in Enumerable.Range(0, 4).Select(_ => random.NextDouble() / 2).Order())
            await KillWhen(demo, "SELECT sum(position) FROM streams", (long)(share * Events) + 1);

        output.WriteLine($"the last kill left {Database.Query(demo, "SELECT sum(position) FROM streams")} of {Events} events");
        var result = await DemoProcess.Run(folder.Arguments("killed", SmallCalls));

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains(result.Lines, line => line.StartsWith("goes on at event", StringComparison.Ordinal));
        Assert.Equal(whole.Verdict, result.Verdict);

        async Task KillWhen(string database, string query, long atLeast)
        {
            await using var process = DemoProcess.Start(folder.Arguments("killed", SmallCalls));
            Assert.True(await process.WaitUntil(database, query, atLeast), "The demo ended before it could be killed.");
            await process.Kill();
        }
    }

    [Fact]
    public async Task Run_StoppedByCtrlC_GoesOnToTheSameTable()
    {
        var whole = await DemoProcess.Run(folder.Arguments("unstopped", SmallCalls));
        await using var process = DemoProcess.Start(folder.Arguments("stopped", SmallCalls));
        Assert.True(await process.WaitUntil(Path.Combine(folder.Data("stopped"), "demo.db"), "SELECT sum(position) FROM streams", Events / 8));
        await process.Interrupt();
        var stopped = await process.End();
        var result = await DemoProcess.Run(folder.Arguments("stopped", SmallCalls));

        Assert.Equal(130, stopped.ExitCode);
        Assert.Contains("Start again", stopped.Errors, StringComparison.Ordinal);
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal(whole.Verdict, result.Verdict);
    }

    [Fact]
    public async Task Run_TheSiloStoreExchanged_SaysToBeginAnew()
    {
        await using var process = DemoProcess.Start(folder.Arguments("exchanged", SmallCalls));
        Assert.True(await process.WaitUntil(Path.Combine(folder.Data("exchanged"), "demo.db"), "SELECT sum(position) FROM streams", Events / 3));
        await process.Kill();
        foreach (string file in Directory.GetFiles(folder.Data("exchanged"), "streams.db*"))
            File.Delete(file);

        var result = await DemoProcess.Run(folder.Arguments("exchanged", SmallCalls));

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("--fresh", Assert.Single(result.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
