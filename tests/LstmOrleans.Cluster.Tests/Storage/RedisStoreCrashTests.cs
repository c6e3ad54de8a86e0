using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Redis;
using LstmOrleans.TestProcesses;
using static LstmOrleans.Cluster.Tests.Storage.RedisServer;
using static LstmOrleans.Cluster.Tests.Storage.StoreFixture;
using static LstmOrleans.Cluster.Tests.Storage.StoreFolder;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>A server that is killed with kill -9, and started again on its folder.</summary>
public sealed class RedisStoreCrashTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lstm-garnet-").FullName;
    private readonly string _service = NewService();
    private GarnetServer _garnet = null!;

    public async ValueTask InitializeAsync()
    {
        SkipWithoutGarnet();
        _garnet = await GarnetServer.StartAsync(_folder, FreePorts.One());
    }

    public async ValueTask DisposeAsync()
    {
        if (_garnet is not null)
            await _garnet.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public Task Killed_AtFullWriteLoad_KeepsEveryAcknowledgedWrite() => KilledAtFullLoad.RunAsync(_garnet, _service, rounds: 4);

    [Fact]
    public async Task Killed_WhileItsLogIsCut_KeepsEveryAcknowledgedWrite()
    {
        await _garnet.DisposeAsync();
        _garnet = await GarnetServer.StartAsync(_folder, FreePorts.One(), GarnetSetup.ShortLog);
        // A round writes 100 MB in more than a second, which is how often it looks at its log.
        await KilledAtFullLoad.RunAsync(_garnet, _service, rounds: 2, writesBeforeAKill: 100_000);

        Assert.NotEmpty(Directory.GetFiles(Path.Combine(_folder, "Store", "checkpoints"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task MoreRecordsThanMemory_AndKilled_KeepsEveryRecord()
    {
        // 300 MB; the server is started with 256 MB of memory for records.
        const int Records = 4_800, Together = 200;
        var etags = new Etag[Records];
        await using var store = await OpenAsync(_garnet, _service);
        await ForAllAsync(async i => etags[i] = await store.WriteAsync(Stream($"{i}"), Content(i), expected: null));
        // The first ones are on disk only by now: the script finds their etags there.
        await ForAllAsync(async i => etags[i] = i % 4 == 0 ? await store.WriteAsync(Stream($"{i}"), Content(-i), etags[i]) : etags[i]);

        await _garnet.KillAsync();
        await _garnet.RestartAsync();

        await ForAllAsync(async i =>
        {
            var read = await KilledAtFullLoad.ReadAgainAsync(store, Stream($"{i}"));
            Assert.Equal(etags[i], read?.Etag);
            Assert.True(read!.Data.AsSpan().SequenceEqual(Content(i % 4 == 0 ? -i : i)));
        });

        static byte[] Content(int i)
        {
            var content = new byte[64 << 10];
            BitConverter.TryWriteBytes(content, i);
            return content;
        }

        static async Task ForAllAsync(Func<int, Task> act)
        {
            for (var start = 0; start < Records; start += Together)
                await Task.WhenAll(Enumerable.Range(start, Together).Select(act));
        }
    }

    [Fact]
    public async Task ValueOfAnother_NotCommitted_IsOnDiskOnceItWasRead()
    {
        await using var store = await OpenAsync(_garnet, _service);
        var record = RecordValue.Encode(Stream("a"), Etag.New(), Bytes("written by a silo that died before its commit"));
        await using (var raw = await RawAsync(_garnet))
            await raw.GetDatabase().StringSetAsync($"{_service}/stream/stream/a", record);

        var told = await store.ReadAsync(Stream("a"));
        await _garnet.KillAsync();
        await _garnet.RestartAsync();

        var again = await KilledAtFullLoad.ReadAgainAsync(store, Stream("a"));
        Assert.Equal(told!.Etag, again!.Etag);
        Assert.Equal(told.Data, again.Data);
    }

    [Fact]
    public async Task ValueOfAnother_NotCommittedAndNotRead_IsLost()
    {
        // Shows that the test above can fail: without a commit the server does lose it.
        await using var store = await OpenAsync(_garnet, _service);
        await using (var raw = await RawAsync(_garnet))
            await raw.GetDatabase().StringSetAsync($"{_service}/stream/stream/a", RecordValue.Encode(Stream("a"), Etag.New(), Bytes("lost")));

        await _garnet.KillAsync();
        await _garnet.RestartAsync();

        Assert.Null(await KilledAtFullLoad.ReadAgainAsync(store, Stream("a")));
    }

    [Fact]
    public async Task Conflict_WithAnUncommittedValue_IsOnDiskOnceItWasTold()
    {
        await using var store = await OpenAsync(_garnet, _service);
        var met = Etag.New();
        await using (var raw = await RawAsync(_garnet))
            await raw.GetDatabase().StringSetAsync($"{_service}/stream/stream/a", RecordValue.Encode(Stream("a"), met, Bytes("x")));

        await Assert.ThrowsAsync<Orleans.Storage.InconsistentStateException>(() => store.WriteAsync(Stream("a"), Bytes("y"), expected: null));
        await _garnet.KillAsync();
        await _garnet.RestartAsync();

        Assert.Equal(met, (await KilledAtFullLoad.ReadAgainAsync(store, Stream("a")))!.Etag);
    }

    [Fact]
    public async Task Away_Writes_AreRefusedAndGoOnWhenItIsBack()
    {
        await using var store = await OpenAsync(_garnet, _service);
        var etag = await store.WriteAsync(Stream("a"), Bytes("one"), expected: null);
        await _garnet.KillAsync();
        // The first ones may find a connection that is not known to be lost yet.
        while (await Outcome(() => store.WriteAsync(Stream("b"), Bytes("away"), expected: null)) is not StorageRefusedException)
        {
        }

        Assert.NotNull(store.Problem);
        await Assert.ThrowsAsync<StorageRefusedException>(() => store.ReadAsync(Stream("a")));
        await _garnet.RestartAsync();

        Assert.Equal(etag, (await KilledAtFullLoad.ReadAgainAsync(store, Stream("a")))!.Etag);
        while (await Outcome(() => store.WriteAsync(Stream("a"), Bytes("two"), etag)) is { } failure)
            Assert.IsType<StorageRefusedException>(failure);
        Assert.Null(store.Problem);
        Assert.Equal(Bytes("two"), (await store.ReadAsync(Stream("a")))!.Data);
    }

    [Fact]
    public async Task Stopped_Write_HasAnUnknownOutcomeInTimeAndTheStoreGoesOn()
    {
        var options = Options(_garnet);
        options.CommandTimeout = TimeSpan.FromSeconds(2);
        await using var store = await OpenAsync(_garnet, _service, options);
        var before = await store.WriteAsync(Stream("a"), Bytes("one"), expected: null);
        await _garnet.StopAsync();

        await Assert.ThrowsAsync<StorageOutcomeUnknownException>(() => store.WriteAsync(Stream("a"), Bytes("two"), before));
        await Assert.ThrowsAsync<StorageRefusedException>(() => store.ReadAsync(Stream("a")));
        await _garnet.ContinueAsync();

        // It was sent, so it may be there by now, under an etag that nobody was told.
        var read = await KilledAtFullLoad.ReadAgainAsync(store, Stream("a"));
        Assert.Contains(read!.Data, new[] { Bytes("one"), Bytes("two") });
        await KilledAtFullLoad.AgainAsync(() => store.WriteAsync(Stream("b"), Bytes("goes on"), expected: null));
    }

    private static async Task<Exception?> Outcome(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }
}
