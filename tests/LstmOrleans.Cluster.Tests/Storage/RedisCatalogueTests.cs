using System.Text;
using LstmOrleans.Silo.Catalogue;
using LstmOrleans.Silo.Storage;
using static LstmOrleans.Cluster.Tests.Storage.StoreFixture;

namespace LstmOrleans.Cluster.Tests.Storage;

public abstract class RedisCatalogueTests(StoreFixture server)
{
    private readonly string _service = NewService();

    [Fact]
    public async Task Streams_InPages_ComeOnceInOrdinalOrderOfTheirBytes()
    {
        await using var store = await OpenAsync(await server.GetAsync(), _service);
        string[] keys = ["a", "a/b", "ab", "b", "z", "Z", "é", "日本", "😀", "\uffee"];
        foreach (var key in keys)
            await store.WriteAsync(Stream(key), Encoding.UTF8.GetBytes($"head of {key}"), expected: null);
        // Not streams: another state, another grain.
        await store.WriteAsync(new StorageKey("record", GrainId.Create("stream", "other")), default, expected: null);
        await store.WriteAsync(new StorageKey("stream", GrainId.Create("batch", "other")), default, expected: null);

        var listed = new List<StoredHead>();
        while (await store.Catalogue.ListAsync("", listed.Count == 0 ? null : listed[^1].Key, 3) is { Count: > 0 } page)
            listed.AddRange(page);

        Assert.Equal(keys.OrderBy(Encoding.UTF8.GetBytes, Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y))), listed.Select(head => head.Key));
        Assert.All(listed, head => Assert.Equal($"head of {head.Key}", Encoding.UTF8.GetString(head.Head.Span)));
        Assert.Equal(["a", "a/b", "ab"], (await store.Catalogue.ListAsync("a", null, 10)).Select(head => head.Key));
        Assert.Equal(["ab"], (await store.Catalogue.ListAsync("a", "a/b", 10)).Select(head => head.Key));
        Assert.Equal(["a"], (await store.Catalogue.ListAsync("a", "Z", 1)).Select(head => head.Key));
        Assert.Empty(await store.Catalogue.ListAsync("a", "b", 10));
    }

    [Fact]
    public async Task KeysThatLookLikeTheEndsOfARange_AreKeys()
    {
        await using var store = await OpenAsync(await server.GetAsync(), _service);
        string[] keys = ["!", "*z", "+", "++", ",", "-", "-x", "."];
        foreach (var key in keys)
            await store.WriteAsync(Stream(key), new byte[200], expected: null);

        Assert.Equal(["+", "++"], (await store.Catalogue.ListAsync("+", null, 10)).Select(head => head.Key));
        Assert.Equal(["-", "-x"], (await store.Catalogue.ListAsync("-", null, 10)).Select(head => head.Key));
        Assert.Equal(["++", ","], (await store.Catalogue.ListAsync("", "+", 2)).Select(head => head.Key));
        Assert.Equal(["-x", "."], (await store.Catalogue.ListAsync("", "-", 2)).Select(head => head.Key));
    }

    [Fact]
    public async Task Head_OfALongRecord_IsItsFirst128Bytes()
    {
        await using var store = await OpenAsync(await server.GetAsync(), _service);
        var record = new byte[5_000];
        new Random(1).NextBytes(record);
        await store.WriteAsync(Stream("a"), record, expected: null);

        var head = Assert.Single(await store.Catalogue.ListAsync("", null, 10));

        Assert.Equal(record[..128], head.Head.ToArray());
    }

    [Fact]
    public async Task KeysWithoutState_AreLeftOutWithoutEndingThePage()
    {
        var redis = await server.GetAsync();
        await using var store = await OpenAsync(redis, _service);
        await using var raw = await RawAsync(redis);
        for (var i = 0; i < 10; i++)
            await raw.GetDatabase().SortedSetAddAsync($"{_service}/streams", $"{i}", 0);
        await store.WriteAsync(Stream("3"), new byte[200], expected: null);
        await store.WriteAsync(Stream("9"), new byte[200], expected: null);

        Assert.Equal(["3", "9"], (await store.Catalogue.ListAsync("", null, 2)).Select(head => head.Key));
    }

    [Fact]
    public async Task Clear_Stream_LeavesTheCatalogueAndComesBackWithItsNextState()
    {
        var redis = await server.GetAsync();
        await using var store = await OpenAsync(redis, _service);
        await using var raw = await RawAsync(redis);
        var etag = await store.WriteAsync(Stream("a"), new byte[200], expected: null);
        await Assert.ThrowsAsync<Orleans.Storage.InconsistentStateException>(() => store.ClearAsync(Stream("a"), Etag.New()));
        Assert.Single(await store.Catalogue.ListAsync("", null, 2));

        await store.ClearAsync(Stream("a"), etag);
        Assert.Equal(0, await raw.GetDatabase().SortedSetLengthAsync($"{_service}/streams"));

        await store.WriteAsync(Stream("a"), new byte[200], expected: null);
        Assert.Single(await store.Catalogue.ListAsync("", null, 2));
    }
}
