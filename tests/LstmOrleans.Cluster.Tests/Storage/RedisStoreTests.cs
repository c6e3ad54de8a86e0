using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Redis;
using LstmOrleans.TestProcesses;
using Orleans.Storage;
using StackExchange.Redis;
using static LstmOrleans.Cluster.Tests.Storage.StoreFixture;
using static LstmOrleans.Cluster.Tests.Storage.StoreFolder;

namespace LstmOrleans.Cluster.Tests.Storage;

public abstract class RedisStoreTests(StoreFixture server)
{
    private readonly string _service = NewService();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(600)]
    [InlineData(4_000_000)]
    public async Task Record_WrittenAndReadBack_IsTheSameBytes(int length)
    {
        var data = new byte[length];
        new Random(length).NextBytes(data);
        await using var store = await OpenAsync(await server.GetAsync(), _service);

        var etag = await store.WriteAsync(Stream("a"), data, expected: null);
        var read = await store.ReadAsync(Stream("a"));

        Assert.Equal(etag, read!.Etag);
        Assert.Equal(data, read.Data);
        Assert.Null(await store.ReadAsync(Stream("b")));
        Assert.Equal(server.Mode, store.Durability.Mode);
        Assert.Null(store.Durability.Warning);
    }

    [Fact]
    public async Task Update_WithTheStoredEtag_ReplacesRecordAndEtag()
    {
        await using var store = await OpenAsync(await server.GetAsync(), _service);
        var first = await store.WriteAsync(Stream("a"), Bytes("one"), expected: null);
        var second = await store.WriteAsync(Stream("a"), Bytes("two"), first);

        var read = await store.ReadAsync(Stream("a"));
        Assert.Equal(second, read!.Etag);
        Assert.Equal(Bytes("two"), read.Data);
    }

    [Fact]
    public async Task FirstWrite_RecordExists_ConflictsAndChangesNothing()
    {
        await using var store = await OpenAsync(await server.GetAsync(), _service);
        var stored = await store.WriteAsync(Stream("a"), Bytes("one"), expected: null);

        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => store.WriteAsync(Stream("a"), Bytes("two"), expected: null));

        Assert.Equal(stored.ToString(), conflict.StoredEtag);
        Assert.Null(conflict.CurrentEtag);
        Assert.Equal(Bytes("one"), (await store.ReadAsync(Stream("a")))!.Data);
    }

    [Fact]
    public async Task Update_NoRecordStored_Conflicts()
    {
        await using var store = await OpenAsync(await server.GetAsync(), _service);
        var expected = Etag.New();

        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => store.WriteAsync(Stream("a"), Bytes("one"), expected));

        Assert.Null(conflict.StoredEtag);
        Assert.Equal(expected.ToString(), conflict.CurrentEtag);
        Assert.Null(await store.ReadAsync(Stream("a")));
    }

    [Fact]
    public async Task Clear_WithTheStoredEtag_RemovesTheRecord()
    {
        await using var store = await OpenAsync(await server.GetAsync(), _service);
        var stale = await store.WriteAsync(Stream("a"), Bytes("one"), expected: null);
        var etag = await store.WriteAsync(Stream("a"), Bytes("two"), stale);

        await Assert.ThrowsAsync<InconsistentStateException>(() => store.ClearAsync(Stream("a"), stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => store.ClearAsync(Stream("a"), expected: null));
        Assert.NotNull(await store.ReadAsync(Stream("a")));

        await store.ClearAsync(Stream("a"), etag);
        Assert.Null(await store.ReadAsync(Stream("a")));
        await store.ClearAsync(Stream("a"), expected: null);
        await Assert.ThrowsAsync<InconsistentStateException>(() => store.ClearAsync(Stream("a"), etag));
    }

    [Fact]
    public async Task ConcurrentWrites_OfThousandsOfGrains_ShareGroups()
    {
        const int Writes = 5_000;
        await using var store = await OpenAsync(await server.GetAsync(), _service);

        var etags = await Task.WhenAll(Enumerable.Range(0, Writes).Select(i => store.WriteAsync(Stream($"{i}"), BitConverter.GetBytes(i), expected: null)));
        var stale = store.WriteAsync(Stream("7"), Bytes("stale"), Etag.New());
        var second = await Task.WhenAll(Enumerable.Range(8, 3_000).Select(i => store.WriteAsync(Stream($"{i}"), BitConverter.GetBytes(-i), etags[i])));
        await Assert.ThrowsAsync<InconsistentStateException>(() => stale);
        var reads = await Task.WhenAll(Enumerable.Range(0, Writes).Select(i => store.ReadAsync(Stream($"{i}"))));

        Assert.InRange(store.Groups, 2, Writes / 10);
        for (var i = 0; i < Writes; i++)
        {
            var changed = i is >= 8 and < 3_008;
            Assert.Equal(changed ? second[i - 8] : etags[i], reads[i]!.Etag);
            Assert.Equal(BitConverter.GetBytes(changed ? -i : i), reads[i]!.Data);
        }
    }

    [Fact]
    public async Task TwoStores_WriteTheSameRecordAtOnce_OneWinsEachRound()
    {
        const int Rounds = 300;
        await using var a = await OpenAsync(await server.GetAsync(), _service);
        await using var b = await OpenAsync(await server.GetAsync(), _service);
        Etag? expected = null;
        for (var round = 0; round < Rounds; round++)
        {
            Task<Etag>[] both = [a.WriteAsync(Stream("a"), Bytes("a"), expected), b.WriteAsync(Stream("a"), Bytes("b"), expected)];
            await Task.WhenAll(both).ContinueWith(_ => { }, TaskScheduler.Default);
            var won = Assert.Single(both, write => write.IsCompletedSuccessfully);
            expected = await won;
            Assert.Equal(expected, (await a.ReadAsync(Stream("a")))!.Etag);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(20)]
    [InlineData(30)]
    public async Task Read_ABitOfTheValueFlipped_SaysDamaged(int offset)
    {
        var redis = await server.GetAsync();
        await using var store = await OpenAsync(redis, _service);
        await store.WriteAsync(Stream("a"), Bytes("some record"), expected: null);
        await store.WriteAsync(Stream("b"), Bytes("whole"), expected: null);
        await using var raw = await RawAsync(redis);
        var key = $"{_service}/stream/stream/a";
        byte[] value = (await raw.GetDatabase().StringGetAsync(key))!;
        value[offset] ^= 4;
        await raw.GetDatabase().StringSetAsync(key, value);

        var damage = await Assert.ThrowsAsync<StorageDamagedException>(() => store.ReadAsync(Stream("a")));
        Assert.Equal("stream/stream/a", damage.Key);
        Assert.Equal(Bytes("whole"), (await store.ReadAsync(Stream("b")))!.Data);

        await raw.GetDatabase().StringSetAsync(key, "short");
        await Assert.ThrowsAsync<StorageDamagedException>(() => store.ReadAsync(Stream("a")));
    }

    [Fact]
    public async Task Record_LargerThanAllowed_IsRefused()
    {
        var redis = await server.GetAsync();
        var options = Options(redis);
        options.MaxRecordBytes = 1_000;
        await using var store = await OpenAsync(redis, _service, options);

        var refusal = await Assert.ThrowsAsync<StorageRefusedException>(() => store.WriteAsync(Stream("a"), new byte[1_001], expected: null));

        Assert.Contains("1001", refusal.Message, StringComparison.Ordinal);
        await store.WriteAsync(Stream("a"), new byte[1_000], expected: null);
    }

    [Fact]
    public async Task AnotherKindOfValueUnderAKey_FailsThatRecordOnly_AndSaysWhat()
    {
        const int Writes = 40;
        var redis = await server.GetAsync();
        await using var store = await OpenAsync(redis, _service);
        var etags = await Task.WhenAll(Enumerable.Range(0, Writes).Select(i => store.WriteAsync(Stream($"{i}"), Bytes("one"), expected: null)));
        await using var raw = await RawAsync(redis);
        string key = $"{_service}/stream/stream/7";
        await raw.GetDatabase().KeyDeleteAsync(key);
        await raw.GetDatabase().ListRightPushAsync(key, "somebody else's");

        // In groups with it, before and behind it.
        var writes = Enumerable.Range(0, Writes).Select(i => store.WriteAsync(Stream($"{i}"), Bytes("two"), etags[i])).ToArray();
        var write = await Assert.ThrowsAsync<StorageDamagedException>(() => writes[7]);
        var read = await Assert.ThrowsAsync<StorageDamagedException>(() => store.ReadAsync(Stream("7")));

        Assert.All([write, read], damage => Assert.Contains("WRONGTYPE", damage.Message, StringComparison.Ordinal));
        Assert.Equal(("stream/stream/7", "stream/stream/7"), (write.Key, read.Key));
        Assert.Equal("somebody else's", await raw.GetDatabase().ListGetByIndexAsync(key, 0));
        foreach (int i in Enumerable.Range(0, Writes).Except([7]))
        {
            var stored = (await store.ReadAsync(Stream($"{i}")))!;
            Assert.Equal((await writes[i], "two"), (stored.Etag, System.Text.Encoding.UTF8.GetString(stored.Data)));
        }
    }

    [Fact]
    public async Task AnotherKindOfValueUnderAStreamsKey_IsListedWithoutAHead_BesideTheOthers()
    {
        var redis = await server.GetAsync();
        await using var store = await OpenAsync(redis, _service);
        foreach (string key in new[] { "a", "b", "c", "d" })
            await store.WriteAsync(Stream(key), new byte[200], expected: null);
        await using var raw = await RawAsync(redis);
        await raw.GetDatabase().KeyDeleteAsync($"{_service}/stream/stream/b");
        await raw.GetDatabase().SetAddAsync($"{_service}/stream/stream/b", "somebody else's");
        await raw.GetDatabase().StringSetAsync($"{_service}/stream/stream/c", "short");

        var page = await store.Catalogue.ListAsync("", after: null, limit: 10);

        Assert.Equal([("a", 128), ("b", 0), ("c", 0), ("d", 128)], page.Select(head => (head.Key, head.Head.Length)));
    }

    [Fact]
    public async Task AnotherKindOfValueInTheCataloguesPlace_NewStreamsAreRefused_TheOthersGoOn()
    {
        var redis = await server.GetAsync();
        await using var store = await OpenAsync(redis, _service);
        var etags = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => store.WriteAsync(Stream($"{i}"), Bytes("one"), expected: null)));
        await using var raw = await RawAsync(redis);
        await raw.GetDatabase().KeyDeleteAsync($"{_service}/streams");
        await raw.GetDatabase().StringSetAsync($"{_service}/streams", "somebody else's");

        // In one group, the new ones between the others.
        var writes = Enumerable.Range(0, 20).Select(i => (Old: store.WriteAsync(Stream($"{i}"), Bytes("two"), etags[i]), New: store.WriteAsync(Stream($"new {i}"), Bytes("one"), expected: null))).ToArray();
        foreach (var (old, @new) in writes)
        {
            await old;
            var refusal = await Assert.ThrowsAsync<StorageRefusedException>(() => @new);
            Assert.Contains("catalogue", refusal.Message, StringComparison.Ordinal);
        }

        Assert.NotNull(store.Problem);
        Assert.Null(await store.ReadAsync(Stream("new 7")));
        Assert.Equal(Bytes("two"), (await store.ReadAsync(Stream("7")))!.Data);
    }

    [Fact]
    public async Task ScriptsForgotten_NextWrite_LoadsThemAgain()
    {
        var redis = await server.GetAsync();
        await using var store = await OpenAsync(redis, _service);
        await using var raw = await RawAsync(redis);
        await raw.GetDatabase().ExecuteAsync("SCRIPT", "FLUSH");

        await store.WriteAsync(Stream("a"), Bytes("one"), expected: null);

        Assert.Equal(Bytes("one"), (await store.ReadAsync(Stream("a")))!.Data);
    }

    [Fact]
    public async Task Open_NobodyThere_SaysWhichServer()
    {
        var port = FreePorts.One();
        var options = new RedisStorageOptions { ConnectionString = $"127.0.0.1:{port},connectRetry=1,connectTimeout=500" };

        var error = await Assert.ThrowsAsync<StorageOpenException>(() => RedisStore.OpenAsync("test", _service, options, null!, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance));

        Assert.Contains($"{port}", error.Message, StringComparison.Ordinal);
        Assert.IsAssignableFrom<RedisException>(error.InnerException);
    }
}
