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

    [Fact]
    public async Task Run_AllKindsForLong_ProvesExactlyOnce()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("LSTM_LONG_TESTS") == "1", "LSTM_LONG_TESTS is not 1: this run takes minutes.");
        Assert.SkipWhen(GarnetTool.ServerPath == null, GarnetTool.Problem);
        Proves(await RunAsync(new FaultRunOptions { Silos = 3, Store = StoreKind.Garnet, Streams = 500, Length = TimeSpan.FromMinutes(5) }));
    }
}
