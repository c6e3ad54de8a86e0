using LstmOrleans.Faults.Options;
using LstmOrleans.TestProcesses;

namespace LstmOrleans.Faults.Tests;

/// <summary>Clusters on a real Garnet, of which something was taken.</summary>
public sealed class GarnetSabotageTests(ITestOutputHelper output) : HarnessRuns(output)
{
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
}
