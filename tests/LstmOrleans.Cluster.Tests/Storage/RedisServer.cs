using LstmOrleans.Cluster.Tests.Storage;
using LstmOrleans.Silo.Storage.Redis;
using LstmOrleans.TestProcesses;

[assembly: AssemblyFixture(typeof(RedisServer))]

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>A Garnet.</summary>
public sealed class RedisServer : StoreFixture
{
    internal override CommitMode Mode => CommitMode.CommitAof;

    internal static void SkipWithoutGarnet()
    {
        if (GarnetTool.ServerPath is null)
            Assert.Skip($"Garnet is not here: {GarnetTool.Problem}");
    }

    private protected override async Task<RespServer> StartAsync(string folder) => await GarnetServer.StartAsync(folder, FreePorts.One());

    private protected override void Skip() => SkipWithoutGarnet();
}
