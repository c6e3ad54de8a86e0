using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Storage;
using SQLitePCL;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>The storage as a silo sees it, named in configuration only.</summary>
public sealed class SqliteGrainStorageTests : IDisposable
{
    private static readonly GrainId Grain = GrainId.Create("stream", "eeg-7");
    private readonly StoreFolder _folder = new();
    private readonly FaultyPoints _points = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Silo_StorageNamedInConfiguration_KeepsStatesAcrossRestarts()
    {
        var record = new GrainState<StreamRecordBlob>(new() { Record = [1, 2, 3] });
        using (var host = await StartSiloAsync())
        {
            var storage = host.Services.GetRequiredKeyedService<IGrainStorage>("streams");
            await storage.WriteStateAsync("record", Grain, record);
            await storage.WriteStateAsync("note", Grain, new GrainState<Note>(new Note { Text = "other types go through the serializer" }));
            await host.StopAsync(TestContext.Current.CancellationToken);
        }

        using var restarted = await StartSiloAsync();
        var reopened = restarted.Services.GetRequiredKeyedService<IGrainStorage>("streams");
        var read = new GrainState<StreamRecordBlob>();
        await reopened.ReadStateAsync("record", Grain, read);
        Assert.True(read.RecordExists);
        Assert.Equal([1, 2, 3], read.State!.Record);
        Assert.Equal(record.ETag, read.ETag);

        var note = new GrainState<Note>();
        await reopened.ReadStateAsync("note", Grain, note);
        Assert.Equal("other types go through the serializer", note.State!.Text);

        await reopened.WriteStateAsync("record", Grain, read);
        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => reopened.WriteStateAsync("record", Grain, record));
        Assert.Equal((read.ETag, record.ETag), (conflict.StoredEtag, conflict.CurrentEtag));
        var foreign = new GrainState<StreamRecordBlob>(new(), "7");
        await Assert.ThrowsAsync<InconsistentStateException>(() => reopened.WriteStateAsync("record", Grain, foreign));

        await reopened.ClearStateAsync("record", Grain, read);
        Assert.False(read.RecordExists);
        Assert.Null(read.ETag);
        Assert.Empty(read.State!.Record);
        await reopened.ReadStateAsync("record", Grain, record);
        Assert.False(record.RecordExists);
        await restarted.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task RecordWrittenTheShortWay_IsTheSameRowUnderTheSameEtag()
    {
        using var host = await StartSiloAsync();
        await ShortWay.AssertSameRowAsync(host.Services.GetRequiredKeyedService<IGrainStorage>("streams"));
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Silo_BadOption_DoesNotStart()
    {
        var error = await Assert.ThrowsAsync<OrleansConfigurationException>(() => StartSiloAsync(("ReadThreads", "0")));
        Assert.Contains("ReadThreads is 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IoErrorAtCommit_Silo_StopsWithANonZeroExitCode()
    {
        var before = Environment.ExitCode;
        try
        {
            using var host = await StartSiloAsync();
            var shutdown = host.WaitForShutdownAsync(TestContext.Current.CancellationToken);
            _points.OnCommit = _ => raw.SQLITE_IOERR_FSYNC;

            var storage = host.Services.GetRequiredKeyedService<IGrainStorage>("streams");
            var record = new GrainState<StreamRecordBlob>(new());
            await Assert.ThrowsAsync<StorageFailedException>(() => storage.WriteStateAsync("record", Grain, record));

            await shutdown;
            Assert.Null(record.ETag);
            Assert.NotEqual(0, Environment.ExitCode);
        }
        finally
        {
            Environment.ExitCode = before;
        }
    }

    private Task<IHost> StartSiloAsync(params (string Name, string Value)[] settings) => SiloHost.StartAsync(
        (silo, siloPort, gatewayPort) => silo.UseLocalhostClustering(siloPort, gatewayPort),
        [
            new("Orleans:GrainStorage:streams:ProviderType", "Sqlite"),
            new("Orleans:GrainStorage:streams:ConnectionString", $"Data Source={_folder.FilePath}"),
            .. settings.Select(setting => KeyValuePair.Create($"Orleans:GrainStorage:streams:{setting.Name}", (string?)setting.Value)),
        ],
        services => services.AddSingleton<IDurabilityPoints>(_points));

    [GenerateSerializer, Alias("lstm.tests.Note")]
    internal sealed class Note
    {
        [Id(0)]
        public string Text { get; set; } = "";
    }
}
