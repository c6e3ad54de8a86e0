using LstmOrleans.Silo.Storage.Redis;
using LstmOrleans.TestProcesses;
using static LstmOrleans.Cluster.Tests.Storage.StoreFixture;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>A real Redis that is killed with kill -9, and started again on its folder.</summary>
public sealed class RealRedisCrashTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lstm-redis-").FullName;

    public RealRedisCrashTests() => RealRedisServer.SkipWithoutRedis();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task SyncAlways_KilledAtFullWriteLoad_KeepsEveryAcknowledgedWrite()
    {
        await using var redis = await RealRedis.StartAsync(_folder, FreePorts.One());
        await KilledAtFullLoad.RunAsync(redis, NewService(), rounds: 2);
    }

    [Fact]
    public async Task SyncEverySecond_KeepsEveryAcknowledgedWriteByWaitAof_OrWarnsThatItCannot()
    {
        await using var redis = await RealRedis.StartAsync(_folder, FreePorts.One(), RedisFsync.EverySecond);
        StoreDurability durability;
        await using (var store = await OpenAsync(redis, NewService()))
            durability = store.Durability;
        if (durability.Mode == CommitMode.WaitAof)
        {
            Assert.Null(durability.Warning);
            // A group takes up to a second.
            await KilledAtFullLoad.RunAsync(redis, NewService(), rounds: 1, writesBeforeAKill: 1_500);
            return;
        }

        // Redis before 7.2 (Debian 12 has 7.0) cannot be asked to wait.
        Assert.Equal(CommitMode.None, durability.Mode);
        Assert.Contains("no WAITAOF; set appendfsync always", durability.Warning, StringComparison.Ordinal);
    }
}
