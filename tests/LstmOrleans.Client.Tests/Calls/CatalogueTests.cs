using LstmOrleans.Client.Tests.Sessions;
using LstmOrleans.Contracts.Catalogue;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Client.Tests.Calls;

public sealed class CatalogueTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(999, 1)]
    [InlineData(1000, 2)]
    [InlineData(2500, 3)]
    public async Task List_MoreThanOnePage_GivesEveryStreamOnce_InOrder(int streams, int pages)
    {
        var store = new FakeCatalogue(streams);
        var keys = new List<string>();
        await foreach (var entry in Client(store).ListAsync("s-", TestContext.Current.CancellationToken))
            keys.Add(entry.Key);
        Assert.Equal(store.Keys, keys);
        Assert.Equal(pages, store.Requests.Count);
        Assert.All(store.Requests, request => Assert.Equal("s-", request.Prefix));
    }

    [Fact]
    public async Task List_ReaderStops_AsksForNoFurtherPage()
    {
        var store = new FakeCatalogue(2500);
        await foreach (var entry in Client(store).ListAsync("", TestContext.Current.CancellationToken))
        {
            if (entry.Key == store.Keys[999])
                break;
        }

        Assert.Single(store.Requests);
    }

    [Fact]
    public async Task List_StoreWithoutCatalogue_IsRefusedWithItsWords()
    {
        var store = new FakeCatalogue(1) { Refusal = "This store has no catalogue." };
        var refused = await Assert.ThrowsAsync<LstmException>(() => Client(store).ListPageAsync("", null, 10, TestContext.Current.CancellationToken));
        Assert.Equal((StreamStatus.Invalid, "This store has no catalogue."), (refused.Status, refused.Message));
        Assert.Equal(StreamStatus.Invalid, (await Assert.ThrowsAsync<LstmException>(() => Client(store).CountByModelAsync(TestContext.Current.CancellationToken))).Status);
    }

    private static LstmClient Client(FakeCatalogue store) => new(OneGrainFactory.Of(store));

    private sealed class FakeCatalogue(int streams) : ICatalogueGrain
    {
        public string[] Keys { get; } = [.. Enumerable.Range(0, streams).Select(index => $"s-{index:D5}")];

        public List<CatalogueRequest> Requests { get; } = [];

        public string? Refusal { get; init; }

        public Task<CataloguePage> List(CatalogueRequest request)
        {
            Requests.Add(request);
            if (Refusal is { } words)
                return Task.FromResult(new CataloguePage { Status = StreamStatus.Invalid, Detail = words });
            var page = Keys.Where(key => string.CompareOrdinal(key, request.After) > 0).Take(request.Limit);
            return Task.FromResult(new CataloguePage { Entries = [.. page.Select(key => new CatalogueEntry { Key = key })] });
        }

        public Task<CatalogueCounts> CountByModel() => Task.FromResult(new CatalogueCounts { Status = StreamStatus.Invalid, Detail = Refusal ?? "" });
    }
}
