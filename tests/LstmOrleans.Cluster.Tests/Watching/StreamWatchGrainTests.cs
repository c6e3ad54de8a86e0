using System.Runtime.InteropServices;
using LstmOrleans.Cluster.Tests.Streams;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Watching;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Watching;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core.Internal;
using Orleans.Runtime.Placement;
using static LstmOrleans.Cluster.Tests.Streams.LstmTestCluster;

namespace LstmOrleans.Cluster.Tests.Watching;

/// <summary>Looks at streams of a cluster: what is told, when a watch ends, and how many there may be.</summary>
public class StreamWatchGrainTests
{
    [Fact]
    public async Task Look_BeginsWithTheState_ThenTellsEachStep_AndTheLastIsWhatShowSays()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        await grain.Step(Request("s", 1, 3));
        var watch = Watch(cluster, "s");
        var first = await watch.Watch(new WatchRequest());
        Assert.Equal((StreamStatus.Ok, 3L, 3L, 1), (first.Status, first.Position, first.DurablePosition, first.Positions.Length / sizeof(long)));
        var begun = await grain.Show();
        Assert.True(first.H.Span.SequenceEqual(begun.H.Span[..first.H.Length]));
        Assert.Equal(["a", "b", "c"], first.FeatureNames);

        for (int position = 4; position <= 8; position++)
            await grain.Step(Request("s", position, 1));
        var second = await watch.Watch(new WatchRequest { Watch = first.Watch, Since = first.Since, Layer = 1 });
        Assert.Equal([4L, 5, 6, 7, 8], MemoryMarshal.Cast<byte, long>(second.Positions.Span).ToArray());
        var view = await grain.Show();
        Assert.True(second.H.Span[^20..].SequenceEqual(view.H.Span[20..]));
        Assert.True(second.C.Span[^20..].SequenceEqual(view.C.Span[20..]));
        Assert.Equal((view.Silo, view.ModelHash), (second.Silo, second.ModelHash));
    }

    [Fact]
    public async Task WriteThatFails_IsNeverTold()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        var watch = Watch(cluster, "s");
        var first = await watch.Watch(new WatchRequest());
        cluster.Storage.BeforeWrite = _ => throw new StorageRefusedException("The disk is full.");
        Assert.Equal(StreamStatus.StorageRefused, (await grain.Step(Request("s", 1, 4))).Status);
        cluster.Storage.BeforeWrite = null;
        var second = await watch.Watch(new WatchRequest { Watch = first.Watch, Since = first.Since });
        Assert.Equal((0L, 0), (second.Position, second.Positions.Length));
    }

    [Fact]
    public async Task Look_AtWhatIsNoOpenStream_SaysSo()
    {
        await using var cluster = await StartAsync();
        Assert.Equal(StreamStatus.NotOpen, (await Watch(cluster, "nobody").Watch(new WatchRequest())).Status);
        var grain = await cluster.OpenAsync("s");
        await Watch(cluster, "s").Watch(new WatchRequest());
        await grain.Close(new CloseRequest { Key = "s", Incarnation = 7, Position = 0 });
        Assert.Equal(StreamStatus.Closed, (await Watch(cluster, "s").Watch(new WatchRequest())).Status);
        Assert.Equal(0, Watches(cluster).Count);
    }

    [Fact]
    public async Task Reset_BeginsAnotherWatch()
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        await grain.Step(Request("s", 1, 3));
        var first = await Watch(cluster, "s").Watch(new WatchRequest());
        await grain.Reset(new ResetRequest { Key = "s", NewIncarnation = 9, Incarnation = 7, Position = 3 });
        var second = await Watch(cluster, "s").Watch(new WatchRequest { Watch = first.Watch, Since = first.Since });
        Assert.Equal((9ul, 0L), (second.Incarnation, second.Position));
        Assert.NotEqual(first.Watch, second.Watch);
        Assert.Equal(1, Watches(cluster).Count);
    }

    [Fact]
    public async Task NobodyLooksAnyMore_EndsTheWatch()
    {
        await using var cluster = await StartAsync(services: With(new WatchLimits { Lease = TimeSpan.FromMilliseconds(50) }));
        await cluster.OpenAsync("s");
        var first = await Watch(cluster, "s").Watch(new WatchRequest());
        Assert.Equal(StreamStatus.Ok, first.Status);
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (Watches(cluster).Count > 0)
            await Task.Delay(5, late.Token);
        Assert.NotEqual(first.Watch, (await Watch(cluster, "s").Watch(new WatchRequest { Watch = first.Watch })).Watch);
    }

    [Fact]
    public async Task MoreStreamsThanPlaces_AreRefused_AndAPlaceThatIsFreeIsTaken()
    {
        await using var cluster = await StartAsync(services: With(new WatchLimits { MostWatches = 2, Lease = TimeSpan.FromHours(1) }));
        foreach (string key in new[] { "a", "b", "c" })
            await cluster.OpenAsync(key);
        Assert.Equal(StreamStatus.Ok, (await Watch(cluster, "a").Watch(new WatchRequest())).Status);
        Assert.Equal(StreamStatus.Ok, (await Watch(cluster, "b").Watch(new WatchRequest())).Status);
        var refused = await Watch(cluster, "c").Watch(new WatchRequest());
        Assert.Equal(StreamStatus.Overloaded, refused.Status);
        Assert.Contains("2 streams of this silo are being watched", refused.Detail, StringComparison.Ordinal);
        await cluster.Grain("a").Close(new CloseRequest { Key = "a", Incarnation = 7, Position = 0 });
        await Watch(cluster, "a").Watch(new WatchRequest());
        Assert.Equal(StreamStatus.Ok, (await Watch(cluster, "c").Watch(new WatchRequest())).Status);
    }

    [Fact]
    public async Task StreamThatMoves_BeginsAnotherWatchElsewhere_AndGivesItsPlaceBack()
    {
        await using var cluster = await StartAsync(silos: 2);
        var grain = await cluster.OpenAsync("s");
        await grain.Step(Request("s", 1, 3));
        var first = await Watch(cluster, "s").Watch(new WatchRequest());
        var target = cluster.Silos.Silos.Select(silo => silo.SiloAddress).First(silo => silo.ToString() != first.Silo);
        RequestContext.Set(IPlacementDirector.PlacementHintKey, target);
        await grain.Cast<IGrainManagementExtension>().MigrateOnIdle(TestContext.Current.CancellationToken);
        RequestContext.Clear();
        WatchAnswer second;
        do
            second = await Watch(cluster, "s").Watch(new WatchRequest { Watch = first.Watch, Since = first.Since });
        while (second.Silo == first.Silo);
        Assert.Equal((StreamStatus.Ok, 3L, target.ToString()), (second.Status, second.Position, second.Silo));
        Assert.NotEqual(first.Watch, second.Watch);
        Assert.Equal(1, cluster.Silos.Silos.Sum(silo => Watches(cluster, silo.SiloAddress).Count));
    }

    private static IStreamWatchGrain Watch(LstmTestCluster cluster, string key) => cluster.Grains.GetGrain<IStreamWatchGrain>(key);

    private static Action<IServiceCollection> With(WatchLimits limits) => services => services.AddSingleton(limits);

    private static StreamWatches Watches(LstmTestCluster cluster, SiloAddress? silo = null) =>
        cluster.Silos.GetSiloServiceProvider(silo).GetRequiredService<StreamWatches>();
}
