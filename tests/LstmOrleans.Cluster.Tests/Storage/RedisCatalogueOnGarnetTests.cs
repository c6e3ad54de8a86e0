using System.Diagnostics;
using LstmOrleans.Silo.Storage;
using static LstmOrleans.Cluster.Tests.Storage.StoreFixture;

namespace LstmOrleans.Cluster.Tests.Storage;

/// <summary>The catalogue in a Garnet.</summary>
public sealed class RedisCatalogueOnGarnetTests(RedisServer server) : RedisCatalogueTests(server)
{
    private readonly RedisServer _server = server;

    [Fact]
    public async Task AHundredThousandStreams_AreListedWholeAndInOrder()
    {
        const int Streams = 100_000;
        await using var store = await OpenAsync(await _server.GetAsync(), NewService());
        await Task.WhenAll(Enumerable.Range(0, Streams).Select(i => store.WriteAsync(Stream($"sensor-{i:000000}"), new byte[200], expected: null)));

        var times = new List<double>();
        foreach (var from in new[] { 0, 25_000, 50_000, 75_000, 99_800 })
        {
            var started = Stopwatch.GetTimestamp();
            var page = await store.Catalogue.ListAsync("sensor-", from == 0 ? null : $"sensor-{from - 1:000000}", 100);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            Assert.Equal(Enumerable.Range(from, 100).Select(i => $"sensor-{i:000000}"), page.Select(head => head.Key));
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"pages of 100 of {Streams} streams, ms: {string.Join(", ", times.Select(time => time.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture)))}");
        Assert.Equal(Streams, (await store.Catalogue.ListAsync("", null, Streams + 1)).Count);
    }
}
