using LstmOrleans.Contracts.Streams;
using LstmOrleans.Contracts.Watching;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.Core.Internal;
using static LstmOrleans.Cluster.Tests.Streams.LstmTestCluster;

namespace LstmOrleans.Cluster.Tests.Streams;

/// <summary>A stream whose record cannot be read, as while its store is away.</summary>
public class StreamReadingTests
{
    [Fact]
    public async Task ReadThatFails_IsNoException_AndTheNextCallReads()
    {
        await using var cluster = await StartAsync();
        bool failed = false;
        cluster.Storage.BeforeRead = _ =>
        {
            cluster.Storage.BeforeRead = null;
            failed = true;
            throw new StorageRefusedException("The file is busy.");
        };
        var answer = await cluster.Grain("s").Step(Request("s", 1, 1));
        Assert.True(failed);
        Assert.Equal(StreamStatus.NotNow, answer.Status);
        Assert.Contains("could not be read (The file is busy.)", answer.Detail, StringComparison.Ordinal);
        Assert.Equal(StreamStatus.NotOpen, (await cluster.Grain("s").Step(Request("s", 1, 1))).Status);
    }

    [Theory]
    [InlineData("step")]
    [InlineData("show")]
    [InlineData("open")]
    [InlineData("session")]
    [InlineData("watch")]
    public async Task ReadsThatFail_OneForEachCall_AllByOneActivation(string call)
    {
        await using var cluster = await StartAsync();
        var grain = await cluster.OpenAsync("s");
        await grain.Step(Request("s", 1, 5));
        var meter = cluster.Silos.Silos[0].ServiceProvider.GetRequiredService<LstmMeter>();
        await grain.Cast<IGrainManagementExtension>().DeactivateOnIdle(TestContext.Current.CancellationToken);
        Assert.True(SpinWait.SpinUntil(() => meter.Deactivations.Sum == 1, TimeSpan.FromMinutes(1)), "The activation did not end.");
        int reads = 0;
        cluster.Storage.BeforeRead = _ =>
        {
            Interlocked.Increment(ref reads);
            throw new StorageRefusedException("The file is busy.");
        };
        for (int times = 1; times <= 4; times++)
        {
            Assert.Equal(StreamStatus.NotNow, await CallAsync());
            Assert.Equal(times, Volatile.Read(ref reads));
        }

        cluster.Storage.BeforeRead = null;
        Assert.Equal(StreamStatus.Ok, await CallAsync());
        Assert.Equal((2, 1), (meter.Activations.Sum, meter.Deactivations.Sum));
        await cluster.AssertStandsAt("s", call == "step" ? 6 : 5);

        async Task<StreamStatus> CallAsync() => call switch
        {
            "step" => (await cluster.Grain("s").Step(Request("s", 6, 1))).Status,
            "show" => (await cluster.Grain("s").Show()).Status,
            "open" => (await cluster.Grain("s").Open(new OpenRequest { Key = "s", Incarnation = 7, Model = "small" })).Status,
            "session" => (await cluster.Grain("s").OpenSession(new SessionRequest { Key = "s", Session = 9, Incarnation = 7 })).Status,
            _ => (await cluster.Silos.Client.GetGrain<IStreamWatchGrain>("s").Watch(new WatchRequest())).Status,
        };
    }

    // The store may be out of reach of this silo only.
    [Theory]
    [InlineData(1, "read")]
    [InlineData(2, "read")]
    [InlineData(1, "write")]
    [InlineData(2, "write")]
    public async Task StoreThatFailsForLong_EndsTheActivation_WhereAnotherSiloCouldHaveTheStream(short silos, string what)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var cluster = await StartAsync(silos, services: services => services.AddSingleton<TimeProvider>(time));
        var grain = what == "write" ? await cluster.OpenAsync("s") : cluster.Grain("s");
        var refused = new StorageRefusedException("The file is busy.");
        Action<GrainId> refuse = _ => throw refused;
        if (what == "write")
            cluster.Storage.BeforeWrite = refuse;
        else
            cluster.Storage.BeforeRead = refuse;
        var expected = what == "write" ? StreamStatus.StorageRefused : StreamStatus.NotNow;
        Assert.Equal(expected, await StepAsync());
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(expected, await StepAsync());
        Assert.Equal((1L, 0L), Activations(cluster));
        time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(expected, await StepAsync());
        var begun = silos > 1 ? (2L, 1L) : (1L, 0L);
        Assert.True(SpinWait.SpinUntil(() => Activations(cluster) == begun, TimeSpan.FromMinutes(1)), $"There were {Activations(cluster)} activations.");
        (cluster.Storage.BeforeRead, cluster.Storage.BeforeWrite) = (null, null);
        // The first read of the next activation may have failed too; after that time it is no news.
        time.Advance(TimeSpan.FromSeconds(3));
        int reads = cluster.Storage.Reads;
        Assert.Equal(what == "write" ? StreamStatus.Ok : StreamStatus.NotOpen, await StepAsync());
        Assert.Equal(begun, Activations(cluster));
        var meters = Meters(cluster);
        Assert.All(meters, meter => Assert.Equal(1, meter.Activations.Sum));
        // With its state, where that was read.
        Assert.Equal(what == "write" && silos > 1 ? 1 : 0, meters.Sum(meter => meter.Migrations.Sum));
        if (what == "write")
            Assert.Equal(reads, cluster.Storage.Reads);

        async Task<StreamStatus> StepAsync() => (await grain.Step(Request("s", 1, 1))).Status;
    }

    // A store of somebody else may never return. Orleans ends an activation that waits for its first read, and nobody one that waits for another.
    [Fact]
    public async Task ReadThatDoesNotEnd_EndsTheActivation_AndWhatItBringsThenChangesNothing()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var cluster = await StartAsync(services: services => services.AddSingleton<TimeProvider>(time));
        var grain = await cluster.OpenAsync("s");
        await grain.Step(Request("s", 1, 5));
        await grain.Cast<IGrainManagementExtension>().DeactivateOnIdle(TestContext.Current.CancellationToken);
        Assert.True(SpinWait.SpinUntil(() => Activations(cluster) == (1L, 1L), TimeSpan.FromMinutes(1)), "The activation did not end.");
        cluster.Storage.BeforeRead = _ => throw new StorageRefusedException("The file is busy.");
        Assert.Equal(StreamStatus.NotNow, (await grain.Step(Request("s", 6, 1))).Status);
        cluster.Storage.BeforeRead = null;

        var held = new TaskCompletionSource();
        cluster.Storage.Held = held.Task;
        int reads = cluster.Storage.Reads;
        var call = grain.Step(Request("s", 6, 1));
        Assert.True(SpinWait.SpinUntil(() => cluster.Storage.Reads == reads + 1, TimeSpan.FromMinutes(1)), "The read did not begin.");
        // The call's wait for it has to have begun too: the time is moved on until it has ended.
        while (!call.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(31));
            await Task.WhenAny(call, Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken));
        }

        Assert.Equal(StreamStatus.NotNow, (await call).Status);
        Assert.Equal(reads + 1, cluster.Storage.Reads);
        cluster.Storage.Held = Task.CompletedTask;
        Assert.Equal((StreamStatus.Ok, 6L), await StepAsync());
        held.SetResult();
        Assert.Equal((StreamStatus.Ok, 6L), await StepAsync());
        await cluster.AssertStandsAt("s", 6);
        Assert.Equal((3L, 2L), Activations(cluster));

        async Task<(StreamStatus Status, long Position)> StepAsync()
        {
            var answer = await grain.Step(Request("s", 6, 1));
            return (answer.Status, answer.Position);
        }
    }

    private static LstmMeter[] Meters(LstmTestCluster cluster) => [.. cluster.Silos.Silos.Select(silo => silo.ServiceProvider.GetRequiredService<LstmMeter>())];

    private static (long Begun, long Ended) Activations(LstmTestCluster cluster) =>
        (Meters(cluster).Sum(meter => meter.Activations.Sum), Meters(cluster).Sum(meter => meter.Deactivations.Sum));
}
