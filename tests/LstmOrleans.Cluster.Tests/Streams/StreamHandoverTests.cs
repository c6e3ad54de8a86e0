using LstmOrleans.Client.Steps;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Streams;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using static LstmOrleans.Cluster.Tests.Streams.LstmTestCluster;

namespace LstmOrleans.Cluster.Tests.Streams;

/// <summary>A silo that is about to stop gives its streams to the others with their state, and they are served meanwhile.</summary>
public sealed class StreamHandoverTests
{
    private static readonly TimeSpan LongEnough = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_StreamsUnderLoad_AllAreElsewhere_NoReadOfTheStore_NoStepLostOrDoubled(bool submitted)
    {
        const int Streams = 300, Driven = 30;
        await using var cluster = await StartAsync(silos: 3);
        await OpenAllAsync(cluster, Streams);
        var leaving = cluster.Silos.Silos[0];
        int before = await StreamsOnAsync(cluster, leaving), reads = cluster.Storage.Reads;
        Assert.InRange(before, Streams / 6, Streams / 2);

        using var over = new CancellationTokenSource();
        var path = submitted ? StepPaths.Gathered(cluster.Grains, TimeProvider.System).First : CallPath.Instance;
        var drivers = Enumerable.Range(0, Driven).Select(number => DriveAsync(cluster, path, Key(number), 4, over.Token)).ToArray();
        int moved = await Handover(leaving).RunAsync(LongEnough, TestContext.Current.CancellationToken);
        await over.CancelAsync();
        int[] positions = await Task.WhenAll(drivers);

        Assert.Equal(before, moved);
        Assert.Equal(0, await StreamsOnAsync(cluster, leaving));
        Assert.Equal(reads, cluster.Storage.Reads);
        await AssertAllStandAsync(cluster, Streams, positions);
        Assert.Equal(0, await StreamsOnAsync(cluster, leaving));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_OneStreamFailsOrHangs_TheOthersAreHandedOver(bool hangs)
    {
        var trouble = new Trouble();
        await using var cluster = await StartAsync(silos: 2, services: services => services.AddSingleton<IIncomingGrainCallFilter>(trouble));
        await OpenAllAsync(cluster, 40);
        var leaving = cluster.Silos.Silos[0];
        int before = await StreamsOnAsync(cluster, leaving);
        var held = new TaskCompletionSource();
        trouble.Of = () => hangs ? held.Task : throw new InvalidOperationException("this one cannot");

        Assert.Equal(before - 1, await Handover(leaving).RunAsync(LongEnough, TestContext.Current.CancellationToken));
        Assert.Equal(1, await StreamsOnAsync(cluster, leaving));
        held.SetResult();
        await AssertAllStandAsync(cluster, 40);
    }

    [Fact]
    public async Task HandOver_NothingIsHandedOverAtThisTime_StreamStays()
    {
        await using var cluster = await StartAsync(silos: 2);
        await cluster.OpenAsync("s");
        foreach (var (from, to) in new[] { (0, 1), (1, 0) })
            Assert.False(await cluster.Grains.GetGrain<IStreamUpkeep>("s").HandOver(cluster.Silos.Silos[from].SiloAddress, cluster.Silos.Silos[to].SiloAddress));
    }

    [Fact]
    public async Task Run_ToldToEndBeforeItBegan_StreamsStayAndAreServed()
    {
        await using var cluster = await StartAsync(silos: 2);
        await OpenAllAsync(cluster, 20);
        int before = await StreamsOnAsync(cluster, cluster.Silos.Silos[0]);
        Assert.Equal(0, await Handover(cluster.Silos.Silos[0]).RunAsync(LongEnough, new CancellationToken(canceled: true)));
        Assert.Equal(before, await StreamsOnAsync(cluster, cluster.Silos.Silos[0]));
        await AssertAllStandAsync(cluster, 20);
    }

    [Fact]
    public async Task Run_NoOtherSilo_DoesNothing()
    {
        await using var cluster = await StartAsync(silos: 1);
        await cluster.OpenAsync("s");
        Assert.Equal(0, await Handover(cluster.Silos.Silos[0]).RunAsync(LongEnough, TestContext.Current.CancellationToken));
        Assert.Equal(1, await StreamsOnAsync(cluster, cluster.Silos.Silos[0]));
    }

    private static string Key(int number) => $"s{number}";

    /// <summary>Opens streams and brings each to position 3.</summary>
    private static async Task OpenAllAsync(LstmTestCluster cluster, int streams)
    {
        for (int number = 0; number < streams; number++)
            await (await cluster.OpenAsync(Key(number))).Step(Request(Key(number), 1, 3));
    }

    /// <summary>All are where they were brought, the first of them to where they were driven.</summary>
    private static async Task AssertAllStandAsync(LstmTestCluster cluster, int streams, params int[] driven)
    {
        for (int number = 0; number < streams; number++)
            await cluster.AssertStandsAt(Key(number), number < driven.Length ? driven[number] : 3);
    }

    /// <summary>Steps one stream until it is told to end. Each is answered: a stream that moves keeps its callers waiting and refuses nobody.</summary>
    private static async Task<int> DriveAsync(LstmTestCluster cluster, IStepPath path, string key, int first, CancellationToken over)
    {
        var line = new StepLine(cluster.Grain(key));
        int position = first;
        for (; !over.IsCancellationRequested; position++)
            Assert.Equal(StreamStatus.Ok, (await path.SendAsync(line, Request(key, position, 1))).Status);
        return position - 1;
    }

    private static StreamHandover Handover(InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredService<StreamHandover>();

    private static async Task<int> StreamsOnAsync(LstmTestCluster cluster, InProcessSiloHandle silo) =>
        (await cluster.Grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics(hostsIds: [silo.SiloAddress])).Count(grain => grain.GrainId.Type == StreamGrain.Type);

    /// <summary>Meets the first stream that is asked to move.</summary>
    private sealed class Trouble : IIncomingGrainCallFilter
    {
        private int _met;

        public Func<Task>? Of { get; set; }

        public async Task Invoke(IIncomingGrainCallContext context)
        {
            if (context.MethodName == nameof(IStreamUpkeep.HandOver) && Of is { } trouble && Interlocked.Increment(ref _met) == 1)
                await trouble();
            await context.Invoke();
        }
    }
}
