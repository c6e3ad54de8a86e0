using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Redis;
using LstmOrleans.TestProcesses;
using Orleans.Storage;
using static LstmOrleans.Cluster.Tests.Storage.StoreFolder;
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

    // What was found when it was connected says nothing of the server that is there after the connection broke.
    [Fact]
    public async Task ConnectionThatComesBack_AcknowledgesNothingBeforeTheServersSetupIsKnown()
    {
        await using var redis = await RealRedis.StartAsync(_folder, FreePorts.One());
        await using var store = await OpenAsync(redis, NewService());
        await using var admin = await RawAsync(redis);
        var etag = await store.WriteAsync(Stream("a"), Bytes("a"), expected: null);
        for (var round = 0; round < 20; round++)
        {
            var syncsAlways = round % 2 == 1;
            await admin.GetDatabase().ExecuteAsync("CONFIG", "SET", "appendfsync", syncsAlways ? "always" : "everysec");
            await admin.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            etag = await UntilWrittenAsync(etag);
            Assert.Equal(syncsAlways || store.Durability.Mode == CommitMode.WaitAof, store.Durability.Warning == null);
        }

        async Task<Etag> UntilWrittenAsync(Etag known)
        {
            while (true)
            {
                try
                {
                    return await store.WriteAsync(Stream("a"), Bytes("a"), known).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
                }
                catch (Exception e) when (e is StorageRefusedException or StorageOutcomeUnknownException or InconsistentStateException)
                {
                    // It may be written all the same.
                    known = await ReadAsync() ?? known;
                }
            }
        }

        async Task<Etag?> ReadAsync()
        {
            try
            {
                return (await store.ReadAsync(Stream("a")))?.Etag;
            }
            catch (StorageRefusedException)
            {
                return null;
            }
        }
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
