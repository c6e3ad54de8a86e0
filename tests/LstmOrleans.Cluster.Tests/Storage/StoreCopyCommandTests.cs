using LstmOrleans.Hosting.StoreCommands;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Redis;
using LstmOrleans.TestProcesses;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using StackExchange.Redis;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>The command line, and what it says of a silo that runs.</summary>
public sealed class StoreCopyCommandTests(RedisServer server)
{
    private const int Done = 0, Failed = 1, Usage = 2;

    [Fact]
    public async Task Copy_ThereAndBackAndUnmark_ByCommandLine()
    {
        var garnet = await server.GetAsync();
        using var pair = new CopyPair(garnet, toRedis: true);
        await pair.FillAsync(CopyPair.Records(50, seed: 3));
        using var back = new StoreFolder();
        var redis = $"redis:{garnet.ConnectionString}";
        // The folder stands for the file in it.
        var folder = $"sqlite:{Path.GetDirectoryName(pair.Folder.FilePath)}";

        Assert.Equal(Usage, Run("copy", "--from", folder, "--service-id", pair.Service));
        Assert.Equal(Usage, Run("copy", "--from", folder, "--to", garnet.ConnectionString));
        Assert.Equal(Failed, Run("copy", "--from", folder, "--to", redis, "--service-id", "a/b"));
        Assert.Equal(Failed, Run("copy", "--from", folder, "--to", folder));
        Assert.Equal(Failed, Run("copy", "--from", $"sqlite:{back.FilePath}", "--to", redis, "--service-id", pair.Service));
        Assert.False(File.Exists(back.FilePath));

        Assert.Equal(Done, Run("copy", "--from", folder, "--to", redis, "--service-id", pair.Service));
        Assert.Equal(Done, Run("copy", "--from", redis, "--to", $"sqlite:{back.FilePath}", "--service-id", pair.Service));
        Assert.Equal(Failed, Run("copy", "--from", folder, "--to", $"sqlite:{back.FilePath}", "--service-id", pair.Service));
        await Assert.ThrowsAsync<StorageOpenException>(pair.StartSourceAsync);
        await Assert.ThrowsAsync<StorageOpenException>(pair.StartTargetAsync);
        Assert.Equal(Failed, Run("unmark", "--store", $"sqlite:{back.FilePath}"));
        Assert.Equal(Done, Run("unmark", "--store", redis, "--service-id", pair.Service));
        await pair.StartTargetAsync();
        await using var store = back.Open();
        Assert.Equal(Failed, Run("copy", "--from", $"sqlite:{back.FilePath}", "--to", redis, "--service-id", RedisServer.NewService()));
    }

    [Fact]
    public async Task Copy_SiloOfTheServiceRuns_IsRefusedUntilItHasStopped()
    {
        var garnet = await server.GetAsync();
        using var pair = new CopyPair(garnet, toRedis: false);
        await pair.FillAsync(CopyPair.Records(10, seed: 4));
        using (var silo = await StartSiloAsync(garnet, pair.Service))
        {
            var refusal = await Assert.ThrowsAsync<StorageOpenException>(() => pair.CopyAsync());
            Assert.Contains("in use by the silo", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("'copies'", refusal.Message, StringComparison.Ordinal);
            await silo.StopAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(23, await pair.CopyAsync());
        await Assert.ThrowsAsync<StorageOpenException>(() => StartSiloAsync(garnet, pair.Service));
    }

    [Fact]
    public async Task Members_KilledSilo_CountsAsRunningForAMinuteOnly()
    {
        var garnet = await server.GetAsync();
        var service = RedisServer.NewService();
        HashEntry[] table;
        using (var silo = await StartSiloAsync(garnet, service))
        {
            await using var raw = await RedisServer.RawAsync(garnet);
            table = await raw.GetDatabase().HashGetAllAsync($"{service}/members/copies");
            await silo.StopAsync(TestContext.Current.CancellationToken);
        }

        Assert.NotNull(ClusterMembers.FindRunning(table, DateTime.UtcNow));
        Assert.NotNull(ClusterMembers.FindRunning(table, DateTime.UtcNow - TimeSpan.FromMinutes(5)));
        Assert.Null(ClusterMembers.FindRunning(table, DateTime.UtcNow + TimeSpan.FromMinutes(2)));
        Assert.Equal("x", ClusterMembers.FindRunning([new("x", "no list of ours")], DateTime.UtcNow));
    }

    private static int Run(params string[] args) => StoreCommands.Run(args);

    private static Task<IHost> StartSiloAsync(RespServer garnet, string service) => SiloHost.StartAsync((silo, siloPort, gatewayPort) => silo
        .UseRedisClustering(garnet.ConnectionString)
        .ConfigureEndpoints(System.Net.IPAddress.Loopback, siloPort, gatewayPort)
        .Configure<ClusterOptions>(options => (options.ServiceId, options.ClusterId) = (service, "copies"))
        .AddGroupedRedisGrainStorage("streams", options => options.ConnectionString = garnet.ConnectionString));
}
