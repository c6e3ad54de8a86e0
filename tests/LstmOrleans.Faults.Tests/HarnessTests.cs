using LstmOrleans.Faults.Options;
using LstmOrleans.Faults.Report;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Faults.Tests;

/// <summary>Runs of the harness itself with real processes: a sound server passes, and each sabotage is seen.</summary>
/// <remarks>The short form; <c>LSTM_LONG_TESTS=1</c> runs all kinds for longer on several silos.</remarks>
public sealed class HarnessTests(ITestOutputHelper output)
{
    private const int Seed = 20_261;

    [Fact]
    public async Task Run_SoundServerOnSqlite_ProvesExactlyOnce() =>
        Proves(await RunAsync(new FaultRunOptions { Streams = 40, Kinds = ["kill", "answers-lost", "disturbed", "producers-killed", "two-producers"] }));

    [Fact]
    public async Task Run_SoundClusterOnGarnet_ProvesExactlyOnce()
    {
        Assert.SkipWhen(GarnetTool.ServerPath == null, GarnetTool.Problem);
        Proves(await RunAsync(new FaultRunOptions
        {
            Silos = 3,
            Store = StoreKind.Garnet,
            Streams = 40,
            Kinds = ["kill", "rolling", "store-killed", "store-reply-lost", "kill-before-commit", "late-write", "overtaken-write"],
        }));
    }

    [Theory]
    [InlineData("ack-before-write", "kill")]
    [InlineData("no-dedupe", "answers-lost")]
    [InlineData("forget-answers", "kill")]
    [InlineData("durable-position-early", "kill")]
    public async Task Run_SabotageOnSqlite_IsSeen(string sabotage, string fault) =>
        Sees(await RunAsync(new FaultRunOptions { Streams = 40, Kinds = [fault], Sabotage = sabotage }));

    [Theory]
    [InlineData("no-etag", "overtaken-write")]
    [InlineData("no-read-barrier", "kill-before-commit")]
    public async Task Run_SabotageOnGarnet_IsSeen(string sabotage, string fault)
    {
        Assert.SkipWhen(GarnetTool.ServerPath == null, GarnetTool.Problem);
        Sees(await RunAsync(new FaultRunOptions { Silos = 2, Store = StoreKind.Garnet, Streams = 40, Kinds = [fault], Sabotage = sabotage }));
    }

    // Nothing but the lease saves here: so without it the run must be red, and with it green.
    [Fact]
    public async Task Run_ReadsWithoutTheLease_AreSeenAndWithItAreRight()
    {
        Assert.SkipWhen(GarnetTool.ServerPath == null, GarnetTool.Problem);
        var options = new FaultRunOptions { Silos = 2, Store = StoreKind.Garnet, Streams = 40, Kinds = ["zombie"], LateVerdict = true };
        Proves(await RunAsync(options));
        var report = await RunAsync(options with { Sabotage = "stale-read" });
        Sees(report);
        Assert.True(report.Producers.Counters.StaleReads > 0, "No old position was told.");
    }

    [Fact]
    public async Task Run_AllKindsForLong_ProvesExactlyOnce()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("LSTM_LONG_TESTS") == "1", "LSTM_LONG_TESTS is not 1: this run takes minutes.");
        Assert.SkipWhen(GarnetTool.ServerPath == null, GarnetTool.Problem);
        Proves(await RunAsync(new FaultRunOptions { Silos = 3, Store = StoreKind.Garnet, Streams = 500, Length = TimeSpan.FromMinutes(5) }));
    }

    private async Task<RunReport> RunAsync(FaultRunOptions options)
    {
        // One deck: each kind once.
        bool isLong = options.Length >= TimeSpan.FromMinutes(5);
        var run = options with { Seed = Seed, Length = isLong ? options.Length : TimeSpan.FromSeconds(1), Log = output.WriteLine };
        var report = await FaultRun.RunAsync(run, TestContext.Current.CancellationToken);
        output.WriteLine(report.Text());
        return report;
    }

    private static void Proves(RunReport report) => Assert.Equal(0, report.ExitCode);

    // Not only the exit code: a run that was too tame ends with 1 as well.
    private static void Sees(RunReport report)
    {
        Assert.True(report.Wrong, "The sabotage was not seen.");
        Assert.Equal(1, report.ExitCode);
    }
}
