using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Redis;
using LstmOrleans.TestProcesses;
using StackExchange.Redis;
using static LstmOrleans.Cluster.Tests.Storage.RedisServer;
using static LstmOrleans.Cluster.Tests.Storage.StoreFixture;

namespace LstmOrleans.Cluster.Tests.Storage;

public sealed class StoreDurabilityTests
{
    private const string Redis70 = "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n# Replication\r\nrole:master\r\n# Cluster\r\ncluster_enabled:0\r\n";
    private const string Redis74 = "redis_version:7.4.1\r\nrole:master\r\ncluster_enabled:0\r\n";
    private const string Garnet = "garnet_version:2.2.8\r\nredis_version:7.4.3\r\nrole:master\r\ncluster_enabled:0\r\n";

    [Theory]
    [InlineData(Redis70, "appendonly=yes appendfsync=always", "None", null)]
    [InlineData(Redis74, "appendonly=yes appendfsync=always", "None", null)]
    [InlineData(Redis74, "appendonly=yes appendfsync=everysec", "WaitAof", null)]
    [InlineData(Redis70, "appendonly=yes appendfsync=everysec", "None", "no WAITAOF")]
    [InlineData(Redis74, "appendonly=yes appendfsync=no", "WaitAof", "half a minute")]
    [InlineData(Redis74, "appendonly=no appendfsync=everysec", "None", "appendonly yes")]
    [InlineData(Redis74, "", "WaitAof", "does not tell")]
    [InlineData(Redis74, "appendonly=yes appendfsync=always no-appendfsync-on-rewrite=yes", "None", "no-appendfsync-on-rewrite no")]
    [InlineData(Redis74, "appendonly=yes appendfsync=always maxmemory=1000 maxmemory-policy=allkeys-lru", "None", "evicts")]
    [InlineData(Redis74, "appendonly=yes appendfsync=always maxmemory=1000 maxmemory-policy=noeviction", "None", null)]
    [InlineData(Garnet, "appendonly=yes", "CommitAof", null)]
    [InlineData(Garnet, "appendonly=no", "CommitAof", "--aof --recover")]
    [InlineData(Garnet, "appendonly=yes aof-null-device=yes", "CommitAof", "aof-null-device")]
    [InlineData(Garnet, "appendonly=yes logdir=/data", "CommitAof", null)]
    [InlineData(Garnet, "appendonly=yes logdir=", "CommitAof", "--storage-tier")]
    [InlineData(Redis74, "appendonly=yes appendfsync=always logdir=", "None", null)]
    public void Judge_ServerAndSettings_SaysModeAndWarning(string info, string settings, string mode, string? warning)
    {
        var durability = StoreDurability.Judge(Facts(info, settings), "here:6379");

        Assert.Equal(mode, durability.Mode.ToString());
        if (warning is null)
            Assert.Null(durability.Warning);
        else
            Assert.Contains(warning, durability.Warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("redis_version:7.4.1\r\nrole:master\r\ncluster_enabled:1\r\n", "Redis Cluster")]
    [InlineData("garnet_version:2.2.8\r\nrole:master\r\ncluster_enabled:1\r\n", "Garnet Cluster")]
    [InlineData("redis_version:7.4.1\r\nrole:slave\r\ncluster_enabled:0\r\n", "replica")]
    public void Judge_ServerThatCannotBeUsed_IsRefused(string info, string reason)
    {
        var refusal = Assert.Throws<StorageOpenException>(() => StoreDurability.Judge(Facts(info, "appendonly=yes appendfsync=always"), "here:6379"));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("here:6379", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_GarnetWithoutLogTierOrAtomicScripts_WarnsOfAll()
    {
        SkipWithoutGarnet();
        var folder = Directory.CreateTempSubdirectory("lstm-garnet-").FullName;
        try
        {
            await using var garnet = await GarnetServer.StartAsync(folder, FreePorts.One(), GarnetSetup.LosesWrites);
            await using var store = await OpenAsync(garnet, NewService());
            Assert.Contains("--aof", store.Durability.Warning, StringComparison.Ordinal);
            Assert.Contains("--storage-tier", store.Durability.Warning, StringComparison.Ordinal);
            Assert.Contains("--lua-transaction-mode", store.Durability.Warning, StringComparison.Ordinal);
            // What was tried out leaves nothing behind.
            await using var plain = await ConnectionMultiplexer.ConnectAsync(garnet.ConnectionString);
            Assert.Equal(0, (long)await plain.GetDatabase().ExecuteAsync("DBSIZE"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ServerFacts Facts(string info, string settings) => new(
        ServerFacts.ParseInfo(info),
        settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]),
        ScriptsAreAtomic: true);
}
