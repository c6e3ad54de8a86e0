using LstmOrleans.Contracts.Catalogue;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Streams;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orleans.Core.Internal;
using Orleans.Runtime.Placement;
using static LstmOrleans.Cluster.Tests.Streams.LstmTestCluster;

namespace LstmOrleans.Cluster.Tests.Streams;

/// <summary>Checkpointed streams, expiry, the catalogue and moving.</summary>
public class StreamLifeTests
{
    [Fact]
    public async Task Checkpointed_AnswersBeforeTheWrite_AndSaysWhatIsDurable()
    {
        await using var cluster = await StartAsync(streams: options => (options.CheckpointEvents, options.CheckpointInterval) = (8, TimeSpan.FromMinutes(10)));
        var grain = await cluster.OpenAsync("s", mode: StreamMode.Checkpointed);
        int writes = cluster.Storage.Writes;
        var answer = await grain.Step(Request("s", 1, 5));
        Assert.Equal((StreamStatus.Ok, 5L, 0L), (answer.Status, answer.Position, answer.DurablePosition));
        Assert.Equal(writes, cluster.Storage.Writes);
        var view = await grain.Show();
        Assert.Equal((5L, 0L), (view.Position, view.DurablePosition));

        await grain.Step(Request("s", 6, 3));
        Assert.Equal(writes + 1, cluster.Storage.Writes);
        Assert.Equal(8, (await grain.Step(Request("s", 9, 1))).DurablePosition);
        Assert.Equal(StreamStatus.Ok, (await grain.Export(new ExportRequest { Key = "s", Position = 9 })).Status);
        await cluster.AssertStandsAt("s", 9);
    }

    [Fact]
    public async Task Checkpointed_AfterAFailedWrite_StandsAtTheDurablePosition()
    {
        await using var cluster = await StartAsync(streams: options => (options.CheckpointEvents, options.CheckpointInterval) = (4, TimeSpan.FromMinutes(10)));
        var grain = await cluster.OpenAsync("s", mode: StreamMode.Checkpointed);
        await grain.Step(Request("s", 1, 4));
        cluster.Storage.BeforeWrite = _ => throw new StorageRefusedException("The disk is full.");
        await grain.Step(Request("s", 5, 4));
        cluster.Storage.BeforeWrite = null;
        var answer = await grain.Step(Request("s", 9, 1));
        Assert.Equal((StreamStatus.Gap, 4L, 4L), (answer.Status, answer.Position, answer.DurablePosition));
        Assert.Equal(StreamStatus.Ok, (await grain.Step(Request("s", 5, 5))).Status);
        await grain.Export(new ExportRequest { Key = "s" });
        await cluster.AssertStandsAt("s", 9);
    }

    [Fact]
    public async Task Checkpointed_IsDurableSomeTimeAfterTheFirstEvent()
    {
        await using var cluster = await StartAsync(streams: options => options.CheckpointInterval = TimeSpan.FromMilliseconds(20));
        var written = new TaskCompletionSource();
        var grain = await cluster.OpenAsync("s", mode: StreamMode.Checkpointed);
        cluster.Storage.AfterWrite = _ => written.TrySetResult();
        await grain.Step(Request("s", 1, 1));
        await written.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    /// <summary>The clock's next round begins soon after this one has ended, and not when it is given up.</summary>
    [Fact]
    public async Task Checkpointed_WrittenWhenTheClockAsks_TellsTheClock()
    {
        var time = new FakeTimeProvider();
        var interval = TimeSpan.FromSeconds(1);
        using var clock = new CheckpointClock(Options.Create(new StreamsOptions { CheckpointInterval = interval }), time);
        await using var cluster = await StartAsync(services: services => services.AddSingleton(clock));
        var grain = await cluster.OpenAsync("s", mode: StreamMode.Checkpointed);
        await grain.Step(Request("s", 1, 1));
        await grain.Step(Request("s", 2, 1));
        var written = new TaskCompletionSource();
        cluster.Storage.AfterWrite = _ => written.TrySetResult();

        time.Advance(interval);
        await written.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        // Its time stands still, so nothing is given up.
        Assert.True(SpinWait.SpinUntil(() => !clock.IsRoundUnderWay, TimeSpan.FromMinutes(1)));
    }

    /// <summary>However events, writes and timers meet: a stream that is left alone becomes durable by itself.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(1_000)]
    public async Task Checkpointed_LeftAlone_BecomesDurable(int events)
    {
        await using var cluster = await StartAsync(silos: 2, streams: options => (options.CheckpointEvents, options.CheckpointInterval) = (events, TimeSpan.FromMilliseconds(3)));
        await Parallel.ForEachAsync(Enumerable.Range(0, 40), TestContext.Current.CancellationToken, async (stream, cancellation) =>
        {
            string key = $"s-{stream}";
            var random = new Random(stream);
            var grain = await cluster.OpenAsync(key, mode: StreamMode.Checkpointed);
            long position = 0;
            for (int round = 0; round < 20; round++)
            {
                for (int calls = random.Next(1, 30); calls > 0; calls--)
                {
                    Assert.Equal(StreamStatus.Ok, (await grain.Step(Request(key, position + 1, 1))).Status);
                    position++;
                    if (random.Next(4) == 0)
                        await Task.Delay(random.Next(5), cancellation);
                }

                var start = TimeProvider.System.GetTimestamp();
                while ((await grain.Show()).DurablePosition < position)
                    Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(10), $"{key} is not durable at {position}, round {round}.");
            }
        });
    }

    [Fact]
    public async Task IdleStream_IsClosedWhenItIsOldEnoughForAnyClock_AndForgottenLater()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var cluster = await StartAsync(
            streams: options => (options.ExpireAfter, options.KeepTombstones, options.SweepInterval) = (TimeSpan.FromHours(1), TimeSpan.FromHours(10), TimeSpan.FromHours(20)),
            services: services => services.AddSingleton<TimeProvider>(time));
        var upkeep = cluster.Grains.GetGrain<IStreamUpkeep>("s");
        var grain = await cluster.OpenAsync("s");
        await grain.Step(Request("s", 1, 2));
        time.Advance(TimeSpan.FromMinutes(64));
        await upkeep.Age();
        Assert.Equal(StreamStatus.Ok, (await grain.Show()).Status);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(StreamStatus.Closed, (await grain.Show()).Status);
        var late = await grain.Step(Request("s", 3, 1));
        Assert.Equal((StreamStatus.Closed, 2L), (late.Status, late.Position));
        time.Advance(TimeSpan.FromHours(10));
        await upkeep.Age();
        Assert.Equal(StreamStatus.Closed, (await grain.Show()).Status);
        time.Advance(TimeSpan.FromMinutes(6));
        await upkeep.Age();
        Assert.Equal(StreamStatus.NotOpen, (await grain.Show()).Status);
    }

    [Fact]
    public async Task Catalogue_ListsInPages_AndCounts()
    {
        await using var cluster = await StartAsync();
        foreach (string key in new[] { "a-1", "a-2", "a-3", "b-1" })
            await cluster.OpenAsync(key);
        await cluster.Grain("a-2").Step(Request("a-2", 1, 3));
        await cluster.Grain("b-1").Close(new CloseRequest { Key = "b-1", Incarnation = 7, Position = 0 });
        var catalogue = cluster.Grains.GetGrain<ICatalogueGrain>(0);
        var page = await catalogue.List(new CatalogueRequest { Prefix = "a-", Limit = 2 });
        Assert.Equal([("a-1", 0L), ("a-2", 3L)], page.Entries.Select(entry => (entry.Key, entry.Position)));
        page = await catalogue.List(new CatalogueRequest { Prefix = "a-", After = "a-2", Limit = 2 });
        Assert.Equal("a-3", Assert.Single(page.Entries).Key);
        Assert.Equal(StreamStatus.Invalid, (await catalogue.List(new CatalogueRequest { Limit = 0 })).Status);
        var counts = await catalogue.CountByModel();
        Assert.Equal((3L, 1L), (Assert.Single(counts.Open).Value, counts.Closed));
    }

    [Fact]
    public async Task Moving_CarriesTheStateAlong_WithoutAReadOfTheStore()
    {
        await using var cluster = await StartAsync(silos: 2);
        var grain = await cluster.OpenAsync("s");
        await grain.Step(Request("s", 1, 3));
        string before = (await grain.Show()).Silo;
        var target = cluster.Silos.Silos.Select(silo => silo.SiloAddress).Single(address => address.ToString() != before);
        int reads = cluster.Storage.Reads;
        RequestContext.Set(IPlacementDirector.PlacementHintKey, target);
        await grain.Cast<IGrainManagementExtension>().MigrateOnIdle(TestContext.Current.CancellationToken);
        RequestContext.Clear();
        string now = before;
        for (long position = 4; now == before; position++)
        {
            Assert.Equal(StreamStatus.Ok, (await grain.Step(Request("s", position, 1))).Status);
            now = (await grain.Show()).Silo;
            Assert.True(position < 1000, "The stream does not move.");
        }

        Assert.Equal(target.ToString(), now);
        Assert.Equal(reads, cluster.Storage.Reads);
        var view = await grain.Show();
        await cluster.AssertStandsAt("s", (int)view.Position);
    }
}
