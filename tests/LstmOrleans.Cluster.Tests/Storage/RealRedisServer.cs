using LstmOrleans.Cluster.Tests.Storage;
using LstmOrleans.Silo.Storage.Redis;
using LstmOrleans.TestProcesses;

[assembly: AssemblyFixture(typeof(RealRedisServer))]

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>A Redis with <c>appendfsync always</c> and a password.</summary>
public sealed class RealRedisServer : StoreFixture
{
    internal override CommitMode Mode => CommitMode.None;

    internal static void SkipWithoutRedis()
    {
        if (RealRedis.ServerPath is null)
            Assert.Skip(RealRedis.Problem);
    }

    private protected override async Task<RespServer> StartAsync(string folder) => await RealRedis.StartAsync(folder, FreePorts.One(), password: "a-password");

    private protected override void Skip() => SkipWithoutRedis();
}
