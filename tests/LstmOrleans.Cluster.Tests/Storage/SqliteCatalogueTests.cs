using System.Diagnostics;
using System.Text;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Storage.Sqlite;
using LstmOrleans.Silo.Streams;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;
using Orleans.TestingHost;

namespace LstmOrleans.Cluster.Tests.Storage;

public sealed class SqliteCatalogueTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task GrainType_OfStreams_IsTheOneThatStoredKeysHave()
    {
        await using var cluster = new InProcessTestClusterBuilder(1).Build();
        await cluster.DeployAsync(TestContext.Current.CancellationToken);
        var types = cluster.Silos[0].ServiceProvider.GetRequiredService<GrainTypeResolver>();
        var key = new StorageKey(StreamGrain.StateName, GrainId.Create(types.GetGrainType(typeof(StreamGrain)), "eeg-7"));
        Assert.True(StreamKeys.IsStream(key.Utf8));
        Assert.Equal("eeg-7", StreamKeys.Name(key.Utf8));
    }

    [Fact]
    public async Task Pages_OfAnyKeys_AreAllOfThePrefixInOrdinalOrderOfUtf8()
    {
        string[] keys = ["a", "a/", "a/1", "a0", "aé", "a\U0001F600", "a\uFFFD", "a\u0001", "ab", "b", "B", "é", "\U0010FFFF", "\U0010FFFFz"];
        await using var store = _folder.Open();
        foreach (var key in keys)
            await store.WriteAsync(Stream(key), new byte[600], expected: null);
        // Beside them: other states, other grain types, and names around the range.
        foreach (var other in new[] { "stream/streaa/a", "stream/streama/a", "stream/streal/a", "streal/stream/a", "streams/stream/a" })
        {
            var parts = other.Split('/');
            await store.WriteAsync(new(parts[0], GrainId.Create(parts[1], parts[2])), new byte[600], expected: null);
        }

        foreach (var prefix in new[] { "", "a", "a/", "é", "\U0010FFFF", "c" })
        {
            var expected = keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(key => Convert.ToHexString(Encoding.UTF8.GetBytes(key)), StringComparer.Ordinal).ToArray();
            foreach (var limit in new[] { 1, 2, 100 })
            {
                var listed = new List<string>();
                string? after = null;
                for (; ; )
                {
                    var page = await store.ListAsync(prefix, after, limit);
                    listed.AddRange(page.Select(head => head.Key));
                    if (page.Count < limit)
                        break;
                    after = page[^1].Key;
                }

                Assert.Equal(expected, listed);
            }
        }

        // Behind a key that lies before the prefix: from the prefix's first.
        Assert.Equal("b", Assert.Single(await store.ListAsync("b", "a", 10)).Key);
        Assert.Empty(await store.ListAsync("a", "b", 10));
    }

    [Fact]
    public async Task Page_AfterWriteAndClear_HasTheHeadThatWasAcknowledged()
    {
        await using var store = _folder.Open();
        var etag = await store.WriteAsync(Stream("short"), new byte[5], expected: null);
        await store.WriteAsync(Stream("stream"), Enumerable.Range(0, 200).Select(i => (byte)i).ToArray(), expected: null);
        var page = await store.ListAsync("", null, 10);
        Assert.Equal(new byte[5], page[0].Head.ToArray());
        Assert.Equal(Enumerable.Range(0, StreamRecordHead.Size).Select(i => (byte)i), page[1].Head.ToArray());

        await store.ClearAsync(Stream("short"), etag);
        Assert.Equal("stream", Assert.Single(await store.ListAsync("", null, 10)).Key);
    }

    [Fact]
    public async Task HundredThousandStreams_APage_TakesMilliseconds()
    {
        const int Streams = 100_000, Limit = 100;
        var store = _folder.Open();
        await Task.WhenAll(Enumerable.Range(0, Streams).Select(i => store.WriteAsync(Stream($"sensor-{i:d6}"), new byte[600], expected: null)));
        await store.DisposeAsync();

        var opening = Stopwatch.GetTimestamp();
        await using var reopened = _folder.Open();
        var openMs = Stopwatch.GetElapsedTime(opening).TotalMilliseconds;
        var random = new Random(5);
        var milliseconds = new List<double>();
        for (var i = 0; i < 50; i++)
        {
            var from = random.Next(Streams - Limit - 1);
            var started = Stopwatch.GetTimestamp();
            var page = await reopened.ListAsync("sensor-", $"sensor-{from:d6}", Limit);
            milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            Assert.Equal(($"sensor-{from + 1:d6}", $"sensor-{from + Limit:d6}", Limit), (page[0].Key, page[^1].Key, page.Count));
        }

        milliseconds.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"{Streams} streams: opened in {openMs:0} ms, a page of {Limit} in {milliseconds[25]:0.00} ms (median), {milliseconds[^1]:0.00} ms (longest)");
        // Generous, and of the shortest, as other tests run beside it: it must only not be a scan of the file.
        Assert.True(milliseconds[0] < 100, $"A page took {milliseconds[0]:0} ms.");
    }

    private static StorageKey Stream(string key) => new(StreamGrain.StateName, GrainId.Create(StreamGrain.TypeName, key));
}
