using LstmOrleans.Silo.Catalogue;
using LstmOrleans.Silo.Storage;
using LstmOrleans.TestProcesses;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Storage;
using StackExchange.Redis;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>The storage as a silo sees it, named in configuration only.</summary>
public abstract class RedisGrainStorageTests(StoreFixture server)
{
    private static readonly GrainId Grain = GrainId.Create("stream", "eeg-7");
    private readonly string _service = StoreFixture.NewService();

    [Theory]
    [InlineData("ConnectionString")]
    [InlineData("ConnectionName")]
    [InlineData("ServiceKey")]
    [InlineData("ServiceKey, multiplexer")]
    public async Task Silo_StorageNamedInConfiguration_KeepsStatesAcrossRestarts(string named)
    {
        var redis = await server.GetAsync();
        var record = new GrainState<StreamRecordBlob>(new() { Record = [1, 2, 3] });
        using (var host = await StartSiloAsync(redis, named))
        {
            var storage = host.Services.GetRequiredKeyedService<IGrainStorage>("streams");
            Assert.Null(Assert.IsAssignableFrom<IStoreHealth>(storage).Warning);
            await storage.WriteStateAsync("stream", Grain, record);
            await host.StopAsync(TestContext.Current.CancellationToken);
        }

        using var restarted = await StartSiloAsync(redis, named);
        var reopened = restarted.Services.GetRequiredKeyedService<IGrainStorage>("streams");
        var read = new GrainState<StreamRecordBlob>();
        await reopened.ReadStateAsync("stream", Grain, read);
        Assert.Equal([1, 2, 3], read.State!.Record);
        Assert.Equal(record.ETag, read.ETag);
        Assert.Equal("eeg-7", Assert.Single(await Assert.IsAssignableFrom<IStreamCatalogue>(reopened).ListAsync("", null, 10)).Key);

        await reopened.WriteStateAsync("stream", Grain, read);
        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => reopened.WriteStateAsync("stream", Grain, record));
        Assert.Equal((read.ETag, record.ETag), (conflict.StoredEtag, conflict.CurrentEtag));
        await Assert.ThrowsAsync<InconsistentStateException>(() => reopened.WriteStateAsync("stream", Grain, new GrainState<StreamRecordBlob>(new(), "7")));

        await reopened.ClearStateAsync("stream", Grain, read);
        Assert.False(read.RecordExists);
        Assert.Null(read.ETag);
        await restarted.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task RecordWrittenTheShortWay_IsTheSameRowUnderTheSameEtag()
    {
        using var host = await StartSiloAsync(await server.GetAsync(), "ConnectionString");
        await ShortWay.AssertSameRowAsync(host.Services.GetRequiredKeyedService<IGrainStorage>("streams"));
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Silo_StorageWithoutAServerName_DoesNotStart()
    {
        var error = await Assert.ThrowsAsync<OrleansConfigurationException>(async () => await StartSiloAsync(await server.GetAsync(), "nothing"));
        Assert.Contains("names no server", error.Message, StringComparison.Ordinal);
    }

    private Task<IHost> StartSiloAsync(RespServer redis, string named)
    {
        bool isRegistered = named.EndsWith("multiplexer", StringComparison.Ordinal);
        return SiloHost.StartAsync(
            (silo, siloPort, gatewayPort) => silo.UseLocalhostClustering(siloPort, gatewayPort, serviceId: _service, clusterId: _service),
            new Dictionary<string, string?>
            {
                ["Orleans:ServiceId"] = _service,
                ["Orleans:ClusterId"] = _service,
                ["Orleans:GrainStorage:streams:ProviderType"] = "Redis",
                [$"Orleans:GrainStorage:streams:{named.Split(',')[0]}"] = named == "ConnectionString" ? redis.ConnectionString : "the-store",
                ["ConnectionStrings:the-store"] = isRegistered ? null : redis.ConnectionString,
            },
            services => _ = isRegistered ? services.AddKeyedSingleton<IConnectionMultiplexer>("the-store", (_, _) => ConnectionMultiplexer.Connect(redis.ConnectionString)) : services);
    }
}
