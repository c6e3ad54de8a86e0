using LstmOrleans.Faults.Options;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Faults.Tests;

/// <summary>Clusters on a real Garnet.</summary>
public sealed class GarnetHarnessTests(ITestOutputHelper output) : HarnessRuns(output)
{
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
}
