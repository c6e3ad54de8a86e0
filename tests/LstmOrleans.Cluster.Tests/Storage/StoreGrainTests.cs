using LstmOrleans.Contracts.Stores;
using LstmOrleans.Contracts.Streams;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>Backup and check through a silo, as <c>lstm store</c> calls them.</summary>
public sealed class StoreGrainTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EmbeddedStore_BackupAndCheck_AreAnswered()
    {
        using var host = await StartSiloAsync(silo => silo.AddSqliteGrainStorage("streams", options => options.ConnectionString = $"Data Source={_folder.FilePath}"));
        var grain = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IStoreGrain>(0);
        var path = _folder.FilePath + ".backup";

        var backup = await grain.Backup(new BackupRequest { Path = path });
        Assert.Equal((StreamStatus.Ok, path, new FileInfo(path).Length), (backup.Status, backup.Path, backup.Bytes));
        Assert.Equal(StreamStatus.Ok, (await grain.Check()).Status);

        var again = await grain.Backup(new BackupRequest { Path = path });
        Assert.Equal(StreamStatus.Invalid, again.Status);
        Assert.Contains("overwrites nothing", again.Detail, StringComparison.Ordinal);
        Assert.Contains("not absolute", (await grain.Backup(new BackupRequest { Path = "here.db" })).Detail, StringComparison.Ordinal);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task AnotherStore_BackupAndCheck_AreNotSupported()
    {
        using var host = await StartSiloAsync(silo => silo.AddMemoryGrainStorage("streams"));
        var grain = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IStoreGrain>(0);
        Assert.Equal(StreamStatus.Invalid, (await grain.Check()).Status);
        Assert.Contains("embedded store", (await grain.Backup(new BackupRequest { Path = "/x.db" })).Detail, StringComparison.Ordinal);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    private static Task<IHost> StartSiloAsync(Action<ISiloBuilder> store) =>
        SiloHost.StartAsync((silo, siloPort, gatewayPort) => store(silo.UseLocalhostClustering(siloPort, gatewayPort)));
}
